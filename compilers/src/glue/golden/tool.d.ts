// Generated from the world of the guest.
/// <reference lib="esnext.disposable" />

/** Structured lines into the run's record; capped and counted. Needs no grant. */
declare module 'workbooks:engine/log' {
  export type Level =
    | 'trace'
    | 'debug'
    | 'info'
    | 'warn'
    | 'error';
  export function write(level: Level, target: string, message: string): void;
}
declare module 'workbooks:engine/log@0.1.0-dev' {
  export * from 'workbooks:engine/log';
}

declare module 'wasi:io/error' {
  /**
   * A resource which represents some error information.
   *
   * The only method provided by this resource is `to-debug-string`,
   * which provides some human-readable information about the error.
   *
   * In the `wasi:io` package, this resource is returned through the
   * `wasi:io/streams.stream-error` type.
   *
   * To provide more specific error information, other interfaces may
   * offer functions to "downcast" this error into more specific types. For example,
   * errors returned from streams derived from filesystem types can be described using
   * the filesystem's own error-code type. This is done using the function
   * `wasi:filesystem/types.filesystem-error-code`, which takes a `borrow<error>`
   * parameter and returns an `option<wasi:filesystem/types.error-code>`.
   *
   * The set of functions which can "downcast" an `error` into a more
   * concrete type is open.
   */
  export class Error {
    private constructor();
    /**
     * Returns a string that is suitable to assist humans in debugging
     * this error.
     *
     * WARNING: The returned string should not be consumed mechanically!
     * It may change across platforms, hosts, or other implementation
     * details. Parsing this string is a major platform-compatibility
     * hazard.
     */
    toDebugString(): string;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
}
declare module 'wasi:io/error@0.2.12' {
  export * from 'wasi:io/error';
}

/**
 * A poll API intended to let users wait for I/O events on multiple handles
 * at once.
 */
declare module 'wasi:io/poll' {
  /** `pollable` represents a single I/O event which may be ready, or not. */
  export class Pollable {
    private constructor();
    /**
     * Return the readiness of a pollable. This function never blocks.
     *
     * Returns `true` when the pollable is ready, and `false` otherwise.
     */
    ready(): boolean;
    /**
     * `block` returns immediately if the pollable is ready, and otherwise
     * blocks until ready.
     *
     * This function is equivalent to calling `poll.poll` on a list
     * containing only this pollable.
     */
    block(): void;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
  /**
   * Poll for completion on a set of pollables.
   *
   * This function takes a list of pollables, which identify I/O sources of
   * interest, and waits until one or more of the events is ready for I/O.
   *
   * The result `list<u32>` contains one or more indices of handles in the
   * argument list that is ready for I/O.
   *
   * This function traps if either:
   * - the list is empty, or:
   * - the list contains more elements than can be indexed with a `u32` value.
   *
   * A timeout can be implemented by adding a pollable from the
   * wasi-clocks API to the list.
   *
   * This function does not return a `result`; polling in itself does not
   * do any I/O so it doesn't fail. If any of the I/O sources identified by
   * the pollables has an error, it is indicated by marking the source as
   * being ready for I/O.
   */
  export function poll(in_: Pollable[]): Uint32Array;
}
declare module 'wasi:io/poll@0.2.12' {
  export * from 'wasi:io/poll';
}

/**
 * WASI I/O is an I/O abstraction API which is currently focused on providing
 * stream types.
 *
 * In the future, the component model is expected to add built-in stream types;
 * when it does, they are expected to subsume this API.
 */
declare module 'wasi:io/streams' {
  export type Error = import('wasi:io/error').Error;
  export type Pollable = import('wasi:io/poll').Pollable;
  /** An error for input-stream and output-stream operations. */
  export type StreamError =
    /**
     * The last operation (a write or flush) failed before completion.
     *
     * More information is available in the `error` payload.
     *
     * After this, the stream will be closed. All future operations return
     * `stream-error::closed`.
     */
    | { tag: 'last-operation-failed'; val: Error }
    /**
     * The stream is closed: no more input will be accepted by the
     * stream. A closed output-stream will return this error on all
     * future operations.
     */
    | { tag: 'closed' };
  /**
   * An input bytestream.
   *
   * `input-stream`s are *non-blocking* to the extent practical on underlying
   * platforms. I/O operations always return promptly; if fewer bytes are
   * promptly available than requested, they return the number of bytes promptly
   * available, which could even be zero. To wait for data to be available,
   * use the `subscribe` function to obtain a `pollable` which can be polled
   * for using `wasi:io/poll`.
   */
  export class InputStream {
    private constructor();
    /**
     * Perform a non-blocking read from the stream.
     *
     * When the source of a `read` is binary data, the bytes from the source
     * are returned verbatim. When the source of a `read` is known to the
     * implementation to be text, bytes containing the UTF-8 encoding of the
     * text are returned.
     *
     * This function returns a list of bytes containing the read data,
     * when successful. The returned list will contain up to `len` bytes;
     * it may return fewer than requested, but not more. The list is
     * empty when no bytes are available for reading at this time. The
     * pollable given by `subscribe` will be ready when more bytes are
     * available.
     *
     * This function fails with a `stream-error` when the operation
     * encounters an error, giving `last-operation-failed`, or when the
     * stream is closed, giving `closed`.
     *
     * When the caller gives a `len` of 0, it represents a request to
     * read 0 bytes. If the stream is still open, this call should
     * succeed and return an empty list, or otherwise fail with `closed`.
     *
     * The `len` parameter is a `u64`, which could represent a list of u8 which
     * is not possible to allocate in wasm32, or not desirable to allocate as
     * as a return value by the callee. The callee may return a list of bytes
     * less than `len` in size while more bytes are available for reading.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    read(len: bigint): Uint8Array;
    /**
     * Read bytes from a stream, after blocking until at least one byte can
     * be read. Except for blocking, behavior is identical to `read`.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    blockingRead(len: bigint): Uint8Array;
    /**
     * Skip bytes from a stream. Returns number of bytes skipped.
     *
     * Behaves identical to `read`, except instead of returning a list
     * of bytes, returns the number of bytes consumed from the stream.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    skip(len: bigint): bigint;
    /**
     * Skip bytes from a stream, after blocking until at least one byte
     * can be skipped. Except for blocking behavior, identical to `skip`.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    blockingSkip(len: bigint): bigint;
    /**
     * Create a `pollable` which will resolve once either the specified stream
     * has bytes available to read or the other end of the stream has been
     * closed.
     * The created `pollable` is a child resource of the `input-stream`.
     * Implementations may trap if the `input-stream` is dropped before
     * all derived `pollable`s created with this function are dropped.
     */
    subscribe(): Pollable;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
  /**
   * An output bytestream.
   *
   * `output-stream`s are *non-blocking* to the extent practical on
   * underlying platforms. Except where specified otherwise, I/O operations also
   * always return promptly, after the number of bytes that can be written
   * promptly, which could even be zero. To wait for the stream to be ready to
   * accept data, the `subscribe` function to obtain a `pollable` which can be
   * polled for using `wasi:io/poll`.
   *
   * Dropping an `output-stream` while there's still an active write in
   * progress may result in the data being lost. Before dropping the stream,
   * be sure to fully flush your writes.
   */
  export class OutputStream {
    private constructor();
    /**
     * Check readiness for writing. This function never blocks.
     *
     * Returns the number of bytes permitted for the next call to `write`,
     * or an error. Calling `write` with more bytes than this function has
     * permitted will trap.
     *
     * When this function returns 0 bytes, the `subscribe` pollable will
     * become ready when this function will report at least 1 byte, or an
     * error.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    checkWrite(): bigint;
    /**
     * Perform a write. This function never blocks.
     *
     * When the destination of a `write` is binary data, the bytes from
     * `contents` are written verbatim. When the destination of a `write` is
     * known to the implementation to be text, the bytes of `contents` are
     * transcoded from UTF-8 into the encoding of the destination and then
     * written.
     *
     * Precondition: check-write gave permit of Ok(n) and contents has a
     * length of less than or equal to n. Otherwise, this function will trap.
     *
     * returns Err(closed) without writing if the stream has closed since
     * the last call to check-write provided a permit.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    write(contents: Uint8Array): void;
    /**
     * Perform a write of up to 4096 bytes, and then flush the stream. Block
     * until all of these operations are complete, or an error occurs.
     *
     * Returns success when all of the contents written are successfully
     * flushed to output. If an error occurs at any point before all
     * contents are successfully flushed, that error is returned as soon as
     * possible. If writing and flushing the complete contents causes the
     * stream to become closed, this call should return success, and
     * subsequent calls to check-write or other interfaces should return
     * stream-error::closed.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    blockingWriteAndFlush(contents: Uint8Array): void;
    /**
     * Request to flush buffered output. This function never blocks.
     *
     * This tells the output-stream that the caller intends any buffered
     * output to be flushed. the output which is expected to be flushed
     * is all that has been passed to `write` prior to this call.
     *
     * Upon calling this function, the `output-stream` will not accept any
     * writes (`check-write` will return `ok(0)`) until the flush has
     * completed. The `subscribe` pollable will become ready when the
     * flush has completed and the stream can accept more writes.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    flush(): void;
    /**
     * Request to flush buffered output, and block until flush completes
     * and stream is ready for writing again.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    blockingFlush(): void;
    /**
     * Create a `pollable` which will resolve once the output-stream
     * is ready for more writing, or an error has occurred. When this
     * pollable is ready, `check-write` will return `ok(n)` with n>0, or an
     * error.
     *
     * If the stream is closed, this pollable is always ready immediately.
     *
     * The created `pollable` is a child resource of the `output-stream`.
     * Implementations may trap if the `output-stream` is dropped before
     * all derived `pollable`s created with this function are dropped.
     */
    subscribe(): Pollable;
    /**
     * Write zeroes to a stream.
     *
     * This should be used precisely like `write` with the exact same
     * preconditions (must use check-write first), but instead of
     * passing a list of bytes, you simply pass the number of zero-bytes
     * that should be written.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    writeZeroes(len: bigint): void;
    /**
     * Perform a write of up to 4096 zeroes, and then flush the stream.
     * Block until all of these operations are complete, or an error
     * occurs.
     *
     * Functionality is equivelant to `blocking-write-and-flush` with
     * contents given as a list of len containing only zeroes.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    blockingWriteZeroesAndFlush(len: bigint): void;
    /**
     * Read from one stream and write to another.
     *
     * The behavior of splice is equivalent to:
     * 1. calling `check-write` on the `output-stream`
     * 2. calling `read` on the `input-stream` with the smaller of the
     * `check-write` permitted length and the `len` provided to `splice`
     * 3. calling `write` on the `output-stream` with that read data.
     *
     * Any error reported by the call to `check-write`, `read`, or
     * `write` ends the splice and reports that error.
     *
     * This function returns the number of bytes transferred; it may be less
     * than `len`.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    splice(src: InputStream, len: bigint): bigint;
    /**
     * Read from one stream and write to another, with blocking.
     *
     * This is similar to `splice`, except that it blocks until the
     * `output-stream` is ready for writing, and the `input-stream`
     * is ready for reading, before performing the `splice`.
     * @throws {import('workbooks:guest').ComponentError<StreamError>}
     */
    blockingSplice(src: InputStream, len: bigint): bigint;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
}
declare module 'wasi:io/streams@0.2.12' {
  export * from 'wasi:io/streams';
}

/**
 * WASI Monotonic Clock is a clock API intended to let users measure elapsed
 * time.
 *
 * It is intended to be portable at least between Unix-family platforms and
 * Windows.
 *
 * A monotonic clock is a clock which has an unspecified initial value, and
 * successive reads of the clock will produce non-decreasing values.
 */
declare module 'wasi:clocks/monotonic-clock' {
  export type Pollable = import('wasi:io/poll').Pollable;
  /**
   * An instant in time, in nanoseconds. An instant is relative to an
   * unspecified initial value, and can only be compared to instances from
   * the same monotonic-clock.
   */
  export type Instant = bigint;
  /** A duration of time, in nanoseconds. */
  export type Duration = bigint;
  /**
   * Read the current value of the clock.
   *
   * The clock is monotonic, therefore calling this function repeatedly will
   * produce a sequence of non-decreasing values.
   *
   * For completeness, this function traps if it's not possible to represent
   * the value of the clock in an `instant`. Consequently, implementations
   * should ensure that the starting time is low enough to avoid the
   * possibility of overflow in practice.
   */
  export function now(): Instant;
  /**
   * Query the resolution of the clock. Returns the duration of time
   * corresponding to a clock tick.
   */
  export function resolution(): Duration;
  /**
   * Create a `pollable` which will resolve once the specified instant
   * has occurred.
   */
  export function subscribeInstant(when: Instant): Pollable;
  /**
   * Create a `pollable` that will resolve after the specified duration has
   * elapsed from the time this function is invoked.
   */
  export function subscribeDuration(when: Duration): Pollable;
}
declare module 'wasi:clocks/monotonic-clock@0.2.12' {
  export * from 'wasi:clocks/monotonic-clock';
}

/**
 * WASI Wall Clock is a clock API intended to let users query the current
 * time. The name "wall" makes an analogy to a "clock on the wall", which
 * is not necessarily monotonic as it may be reset.
 *
 * It is intended to be portable at least between Unix-family platforms and
 * Windows.
 *
 * A wall clock is a clock which measures the date and time according to
 * some external reference.
 *
 * External references may be reset, so this clock is not necessarily
 * monotonic, making it unsuitable for measuring elapsed time.
 *
 * It is intended for reporting the current date and time for humans.
 */
declare module 'wasi:clocks/wall-clock' {
  /** A time and date in seconds plus nanoseconds. */
  export interface Datetime {
    seconds: bigint;
    nanoseconds: number;
  }
  /**
   * Read the current value of the clock.
   *
   * This clock is not monotonic, therefore calling this function repeatedly
   * will not necessarily produce a sequence of non-decreasing values.
   *
   * The returned timestamps represent the number of seconds since
   * 1970-01-01T00:00:00Z, also known as [POSIX's Seconds Since the Epoch],
   * also known as [Unix Time].
   *
   * The nanoseconds field of the output is always less than 1000000000.
   *
   * [POSIX's Seconds Since the Epoch]: https://pubs.opengroup.org/onlinepubs/9699919799/xrat/V4_xbd_chap04.html#tag_21_04_16
   * [Unix Time]: https://en.wikipedia.org/wiki/Unix_time
   */
  export function now(): Datetime;
  /**
   * Query the resolution of the clock.
   *
   * The nanoseconds field of the output is always less than 1000000000.
   */
  export function resolution(): Datetime;
}
declare module 'wasi:clocks/wall-clock@0.2.12' {
  export * from 'wasi:clocks/wall-clock';
}

/**
 * WASI Random is a random data API.
 *
 * It is intended to be portable at least between Unix-family platforms and
 * Windows.
 */
declare module 'wasi:random/random' {
  /**
   * Return `len` cryptographically-secure random or pseudo-random bytes.
   *
   * This function must produce data at least as cryptographically secure and
   * fast as an adequately seeded cryptographically-secure pseudo-random
   * number generator (CSPRNG). It must not block, from the perspective of
   * the calling program, under any circumstances, including on the first
   * request and on requests for numbers of bytes. The returned data must
   * always be unpredictable.
   *
   * This function must always return fresh data. Deterministic environments
   * must omit this function, rather than implementing it with deterministic
   * data.
   */
  export function getRandomBytes(len: bigint): Uint8Array;
  /**
   * Return a cryptographically-secure random or pseudo-random `u64` value.
   *
   * This function returns the same type of data as `get-random-bytes`,
   * represented as a `u64`.
   */
  export function getRandomU64(): bigint;
}
declare module 'wasi:random/random@0.2.12' {
  export * from 'wasi:random/random';
}

/**
 * The insecure interface for insecure pseudo-random numbers.
 *
 * It is intended to be portable at least between Unix-family platforms and
 * Windows.
 */
declare module 'wasi:random/insecure' {
  /**
   * Return `len` insecure pseudo-random bytes.
   *
   * This function is not cryptographically secure. Do not use it for
   * anything related to security.
   *
   * There are no requirements on the values of the returned bytes, however
   * implementations are encouraged to return evenly distributed values with
   * a long period.
   */
  export function getInsecureRandomBytes(len: bigint): Uint8Array;
  /**
   * Return an insecure pseudo-random `u64` value.
   *
   * This function returns the same type of pseudo-random data as
   * `get-insecure-random-bytes`, represented as a `u64`.
   */
  export function getInsecureRandomU64(): bigint;
}
declare module 'wasi:random/insecure@0.2.12' {
  export * from 'wasi:random/insecure';
}

/**
 * The insecure-seed interface for seeding hash-map DoS resistance.
 *
 * It is intended to be portable at least between Unix-family platforms and
 * Windows.
 */
declare module 'wasi:random/insecure-seed' {
  /**
   * Return a 128-bit value that may contain a pseudo-random value.
   *
   * The returned value is not required to be computed from a CSPRNG, and may
   * even be entirely deterministic. Host implementations are encouraged to
   * provide pseudo-random values to any program exposed to
   * attacker-controlled content, to enable DoS protection built into many
   * languages' hash-map implementations.
   *
   * This function is intended to only be called once, by a source language
   * to initialize Denial Of Service (DoS) protection in its hash-map
   * implementation.
   *
   * # Expected future evolution
   *
   * This will likely be changed to a value import, to prevent it from being
   * called multiple times and potentially used for purposes other than DoS
   * protection.
   */
  export function insecureSeed(): [bigint, bigint];
}
declare module 'wasi:random/insecure-seed@0.2.12' {
  export * from 'wasi:random/insecure-seed';
}

declare module 'wasi:cli/environment' {
  /**
   * Get the POSIX-style environment variables.
   *
   * Each environment variable is provided as a pair of string variable names
   * and string value.
   *
   * Morally, these are a value import, but until value imports are available
   * in the component model, this import function should return the same
   * values each time it is called.
   */
  export function getEnvironment(): [string, string][];
  /** Get the POSIX-style arguments to the program. */
  export function getArguments(): string[];
  /**
   * Return a path that programs should use as their initial current working
   * directory, interpreting `.` as shorthand for this.
   */
  export function initialCwd(): string | undefined;
}
declare module 'wasi:cli/environment@0.2.12' {
  export * from 'wasi:cli/environment';
}

declare module 'wasi:cli/exit' {
  /** Exit the current instance and any linked instances. */
  export function exit(status: import('workbooks:guest').Result<undefined, undefined>): void;
  /**
   * Exit the current instance and any linked instances, reporting the
   * specified status code to the host.
   *
   * The meaning of the code depends on the context, with 0 usually meaning
   * "success", and other values indicating various types of failure.
   *
   * This function does not return; the effect is analogous to a trap, but
   * without the connotation that something bad has happened.
   */
  export function exitWithCode(statusCode: number): void;
}
declare module 'wasi:cli/exit@0.2.12' {
  export * from 'wasi:cli/exit';
}

declare module 'wasi:cli/stdin' {
  export type InputStream = import('wasi:io/streams').InputStream;
  export function getStdin(): InputStream;
}
declare module 'wasi:cli/stdin@0.2.12' {
  export * from 'wasi:cli/stdin';
}

declare module 'wasi:cli/stdout' {
  export type OutputStream = import('wasi:io/streams').OutputStream;
  export function getStdout(): OutputStream;
}
declare module 'wasi:cli/stdout@0.2.12' {
  export * from 'wasi:cli/stdout';
}

declare module 'wasi:cli/stderr' {
  export type OutputStream = import('wasi:io/streams').OutputStream;
  export function getStderr(): OutputStream;
}
declare module 'wasi:cli/stderr@0.2.12' {
  export * from 'wasi:cli/stderr';
}

/**
 * Terminal input.
 *
 * In the future, this may include functions for disabling echoing,
 * disabling input buffering so that keyboard events are sent through
 * immediately, querying supported features, and so on.
 */
declare module 'wasi:cli/terminal-input' {
  /** The input side of a terminal. */
  export class TerminalInput {
    private constructor();
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
}
declare module 'wasi:cli/terminal-input@0.2.12' {
  export * from 'wasi:cli/terminal-input';
}

/**
 * Terminal output.
 *
 * In the future, this may include functions for querying the terminal
 * size, being notified of terminal size changes, querying supported
 * features, and so on.
 */
declare module 'wasi:cli/terminal-output' {
  /** The output side of a terminal. */
  export class TerminalOutput {
    private constructor();
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
}
declare module 'wasi:cli/terminal-output@0.2.12' {
  export * from 'wasi:cli/terminal-output';
}

/**
 * An interface providing an optional `terminal-input` for stdin as a
 * link-time authority.
 */
declare module 'wasi:cli/terminal-stdin' {
  export type TerminalInput = import('wasi:cli/terminal-input').TerminalInput;
  /**
   * If stdin is connected to a terminal, return a `terminal-input` handle
   * allowing further interaction with it.
   */
  export function getTerminalStdin(): TerminalInput | undefined;
}
declare module 'wasi:cli/terminal-stdin@0.2.12' {
  export * from 'wasi:cli/terminal-stdin';
}

/**
 * An interface providing an optional `terminal-output` for stdout as a
 * link-time authority.
 */
declare module 'wasi:cli/terminal-stdout' {
  export type TerminalOutput = import('wasi:cli/terminal-output').TerminalOutput;
  /**
   * If stdout is connected to a terminal, return a `terminal-output` handle
   * allowing further interaction with it.
   */
  export function getTerminalStdout(): TerminalOutput | undefined;
}
declare module 'wasi:cli/terminal-stdout@0.2.12' {
  export * from 'wasi:cli/terminal-stdout';
}

/**
 * An interface providing an optional `terminal-output` for stderr as a
 * link-time authority.
 */
declare module 'wasi:cli/terminal-stderr' {
  export type TerminalOutput = import('wasi:cli/terminal-output').TerminalOutput;
  /**
   * If stderr is connected to a terminal, return a `terminal-output` handle
   * allowing further interaction with it.
   */
  export function getTerminalStderr(): TerminalOutput | undefined;
}
declare module 'wasi:cli/terminal-stderr@0.2.12' {
  export * from 'wasi:cli/terminal-stderr';
}

/**
 * What the capabilities share. Types only: importing it grants nothing.
 * wasmtime matches host imports exactly, so after the freeze these shapes
 * grow through `other`, `extra` and new functions, never through new cases.
 */
declare module 'workbooks:engine/types' {
  export type Pairs = [string, string][];
  export interface Failure {
    code: string;
    message: string;
    retryable: boolean;
  }
  /** Why a host call was refused or failed. Never a host path, address or secret. */
  export type Error =
    /** the principal's grant was withdrawn while it ran */
    | { tag: 'revoked' }
    /** over the principal's rate; try again after this many milliseconds */
    | { tag: 'rate-limited'; val: bigint }
    /** input or output over the cap, which is given in bytes */
    | { tag: 'too-large'; val: bigint }
    /** a count is spent (keys, depth, processes, inputs); the count is given */
    | { tag: 'quota'; val: bigint }
    /** the operation's own deadline passed */
    | { tag: 'timeout' }
    | { tag: 'cancelled' }
    | { tag: 'not-found' }
    /** it exists already, or changed since it was read */
    | { tag: 'conflict' }
    /** this host does not offer it */
    | { tag: 'unsupported'; val: string }
    /** the request is malformed: what is wrong */
    | { tag: 'invalid'; val: string }
    /** policy forbids this target */
    | { tag: 'denied'; val: string }
    /** the far side failed */
    | { tag: 'unavailable'; val: string }
    | { tag: 'other'; val: Failure };
  /** One invocation of a registered command: structural, never a shell line. */
  export interface CommandRequest {
    name: string;
    argv: string[];
    stdin: Uint8Array;
    env: Pairs;
    extra: Pairs;
  }
  /** What a command left behind. */
  export interface Output {
    status: number;
    stdout: Uint8Array;
    stderr: Uint8Array;
    /** stdout or stderr was cut at the cap */
    truncated: boolean;
  }
  export interface Header {
    name: string;
    value: Uint8Array;
  }
}
declare module 'workbooks:engine/types@0.1.0-dev' {
  export * from 'workbooks:engine/types';
}

/** The same commands as long-lived children: spawn, talk, wait, kill. */
declare module 'workbooks:engine/exec' {
  export type Error = import('workbooks:engine/types').Error;
  export type CommandRequest = import('workbooks:engine/types').CommandRequest;
  export type Pollable = import('wasi:io/poll').Pollable;
  export type InputStream = import('wasi:io/streams').InputStream;
  export type OutputStream = import('wasi:io/streams').OutputStream;
  export class Process {
    private constructor();
    /**
     * Its input is the request's and then what is written to `stdin`, until that stream is dropped.
     * To drop the process is to kill it.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    static spawn(request: CommandRequest): Process;
    /**
     * Each of the three streams is given once; a second time is a `conflict`.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    stdin(): OutputStream;
    /** @throws {import('workbooks:guest').ComponentError<Error>} */
    stdout(): InputStream;
    /** @throws {import('workbooks:guest').ComponentError<Error>} */
    stderr(): InputStream;
    /**
     * Ready when the process has ended.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    subscribe(): Pollable;
    /**
     * The exit status; none while it runs. Of one that did not exit, why: `cancelled` if it was killed.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    status(): number | undefined;
    /** @throws {import('workbooks:guest').ComponentError<Error>} */
    kill(): void;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
}
declare module 'workbooks:engine/exec@0.1.0-dev' {
  export * from 'workbooks:engine/exec';
}

/** Durable pairs of the tenant; they outlive the instance. */
declare module 'workbooks:engine/kv' {
  export type Error = import('workbooks:engine/types').Error;
  /** @throws {import('workbooks:guest').ComponentError<Error>} */
  export function get(key: string): Uint8Array | undefined;
  /** @throws {import('workbooks:guest').ComponentError<Error>} */
  export function set(key: string, value: Uint8Array): void;
  /** @throws {import('workbooks:guest').ComponentError<Error>} */
  function _delete(key: string): boolean;
  export { _delete as delete };
  /** @throws {import('workbooks:guest').ComponentError<Error>} */
  export function keys(prefix: string, cursor: string | undefined, limit: number): [string[], string | undefined];
  /**
   * With `expect` none, the key must not exist. Says whether it was set.
   * @throws {import('workbooks:guest').ComponentError<Error>}
   */
  export function compareAndSet(key: string, expect: Uint8Array | undefined, value: Uint8Array): boolean;
}
declare module 'workbooks:engine/kv@0.1.0-dev' {
  export * from 'workbooks:engine/kv';
}

/**
 * A keyvalue interface that provides eventually consistent key-value operations.
 *
 * Each of these operations acts on a single key-value pair.
 *
 * The value in the key-value pair is defined as a `u8` byte array and the intention is that it is
 * the common denominator for all data types defined by different key-value stores to handle data,
 * ensuring compatibility between different key-value stores. Note: the clients will be expecting
 * serialization/deserialization overhead to be handled by the key-value store. The value could be
 * a serialized object from JSON, HTML or vendor-specific data types like AWS S3 objects.
 *
 * Data consistency in a key value store refers to the guarantee that once a write operation
 * completes, all subsequent read operations will return the value that was written.
 *
 * Any implementation of this interface must have enough consistency to guarantee "reading your
 * writes." In particular, this means that the client should never get a value that is older than
 * the one it wrote, but it MAY get a newer value if one was written around the same time. These
 * guarantees only apply to the same client (which will likely be provided by the host or an
 * external capability of some kind). In this context a "client" is referring to the caller or
 * guest that is consuming this interface. Once a write request is committed by a specific client,
 * all subsequent read requests by the same client will reflect that write or any subsequent
 * writes. Another client running in a different context may or may not immediately see the result
 * due to the replication lag. As an example of all of this, if a value at a given key is A, and
 * the client writes B, then immediately reads, it should get B. If something else writes C in
 * quick succession, then the client may get C. However, a client running in a separate context may
 * still see A or B
 */
declare module 'wasi:keyvalue/store' {
  /** The set of errors which may be raised by functions in this package */
  export type Error =
    /** The host does not recognize the store identifier requested. */
    | { tag: 'no-such-store' }
    /**
     * The requesting component does not have access to the specified store
     * (which may or may not exist).
     */
    | { tag: 'access-denied' }
    /** Some implementation-specific error has occurred (e.g. I/O) */
    | { tag: 'other'; val: string };
  /** A response to a `list-keys` operation. */
  export interface KeyResponse {
    /** The list of keys returned by the query. */
    keys: string[];
    /**
     * The continuation token to use to fetch the next page of keys. If this is `null`, then
     * there are no more keys to fetch.
     */
    cursor?: bigint;
  }
  /**
   * A bucket is a collection of key-value pairs. Each key-value pair is stored as a entry in the
   * bucket, and the bucket itself acts as a collection of all these entries.
   *
   * It is worth noting that the exact terminology for bucket in key-value stores can very
   * depending on the specific implementation. For example:
   *
   * 1. Amazon DynamoDB calls a collection of key-value pairs a table
   * 2. Redis has hashes, sets, and sorted sets as different types of collections
   * 3. Cassandra calls a collection of key-value pairs a column family
   * 4. MongoDB calls a collection of key-value pairs a collection
   * 5. Riak calls a collection of key-value pairs a bucket
   * 6. Memcached calls a collection of key-value pairs a slab
   * 7. Azure Cosmos DB calls a collection of key-value pairs a container
   *
   * In this interface, we use the term `bucket` to refer to a collection of key-value pairs
   */
  export class Bucket {
    private constructor();
    /**
     * Get the value associated with the specified `key`
     *
     * The value is returned as an option. If the key-value pair exists in the
     * store, it returns `Ok(value)`. If the key does not exist in the
     * store, it returns `Ok(none)`.
     *
     * If any other error occurs, it returns an `Err(error)`.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    get(key: string): Uint8Array | undefined;
    /**
     * Set the value associated with the key in the store. If the key already
     * exists in the store, it overwrites the value.
     *
     * If the key does not exist in the store, it creates a new key-value pair.
     *
     * If any other error occurs, it returns an `Err(error)`.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    set(key: string, value: Uint8Array): void;
    /**
     * Delete the key-value pair associated with the key in the store.
     *
     * If the key does not exist in the store, it does nothing.
     *
     * If any other error occurs, it returns an `Err(error)`.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    delete(key: string): void;
    /**
     * Check if the key exists in the store.
     *
     * If the key exists in the store, it returns `Ok(true)`. If the key does
     * not exist in the store, it returns `Ok(false)`.
     *
     * If any other error occurs, it returns an `Err(error)`.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    exists(key: string): boolean;
    /**
     * Get all the keys in the store with an optional cursor (for use in pagination). It
     * returns a list of keys. Please note that for most KeyValue implementations, this is a
     * can be a very expensive operation and so it should be used judiciously. Implementations
     * can return any number of keys in a single response, but they should never attempt to
     * send more data than is reasonable (i.e. on a small edge device, this may only be a few
     * KB, while on a large machine this could be several MB). Any response should also return
     * a cursor that can be used to fetch the next page of keys. See the `key-response` record
     * for more information.
     *
     * Note that the keys are not guaranteed to be returned in any particular order.
     *
     * If the store is empty, it returns an empty list.
     *
     * MAY show an out-of-date list of keys if there are concurrent writes to the store.
     *
     * If any error occurs, it returns an `Err(error)`.
     * @throws {import('workbooks:guest').ComponentError<Error>}
     */
    listKeys(cursor?: bigint): KeyResponse;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
  /**
   * Get the bucket with the specified identifier.
   *
   * `identifier` must refer to a bucket provided by the host.
   *
   * `error::no-such-store` will be raised if the `identifier` is not recognized.
   * @throws {import('workbooks:guest').ComponentError<Error>}
   */
  export function open(identifier: string): Bucket;
}
declare module 'wasi:keyvalue/store@0.2.0-draft' {
  export * from 'wasi:keyvalue/store';
}

/**
 * A keyvalue interface that provides atomic operations.
 *
 * Atomic operations are single, indivisible operations. When a fault causes an atomic operation to
 * fail, it will appear to the invoker of the atomic operation that the action either completed
 * successfully or did nothing at all.
 *
 * Please note that this interface is bare functions that take a reference to a bucket. This is to
 * get around the current lack of a way to "extend" a resource with additional methods inside of
 * wit. Future version of the interface will instead extend these methods on the base `bucket`
 * resource.
 */
declare module 'wasi:keyvalue/atomics' {
  export type Bucket = import('wasi:keyvalue/store').Bucket;
  export type Error = import('wasi:keyvalue/store').Error;
  /**
   * Atomically increment the value associated with the key in the store by the given delta. It
   * returns the new value.
   *
   * If the key does not exist in the store, it creates a new key-value pair with the value set
   * to the given delta.
   *
   * If any other error occurs, it returns an `Err(error)`.
   * @throws {import('workbooks:guest').ComponentError<Error>}
   */
  export function increment(bucket: Bucket, key: string, delta: bigint): bigint;
}
declare module 'wasi:keyvalue/atomics@0.2.0-draft' {
  export * from 'wasi:keyvalue/atomics';
}

/**
 * A keyvalue interface that provides batch operations.
 *
 * A batch operation is an operation that operates on multiple keys at once.
 *
 * Batch operations are useful for reducing network round-trip time. For example, if you want to
 * get the values associated with 100 keys, you can either do 100 get operations or you can do 1
 * batch get operation. The batch operation is faster because it only needs to make 1 network call
 * instead of 100.
 *
 * A batch operation does not guarantee atomicity, meaning that if the batch operation fails, some
 * of the keys may have been modified and some may not.
 *
 * This interface does has the same consistency guarantees as the `store` interface, meaning that
 * you should be able to "read your writes."
 *
 * Please note that this interface is bare functions that take a reference to a bucket. This is to
 * get around the current lack of a way to "extend" a resource with additional methods inside of
 * wit. Future version of the interface will instead extend these methods on the base `bucket`
 * resource.
 */
declare module 'wasi:keyvalue/batch' {
  export type Bucket = import('wasi:keyvalue/store').Bucket;
  export type Error = import('wasi:keyvalue/store').Error;
  /**
   * Get the key-value pairs associated with the keys in the store. It returns a list of
   * key-value pairs.
   *
   * If any of the keys do not exist in the store, it returns a `none` value for that pair in the
   * list.
   *
   * MAY show an out-of-date value if there are concurrent writes to the store.
   *
   * If any other error occurs, it returns an `Err(error)`.
   * @throws {import('workbooks:guest').ComponentError<Error>}
   */
  export function getMany(bucket: Bucket, keys: string[]): ([string, Uint8Array] | undefined)[];
  /**
   * Set the values associated with the keys in the store. If the key already exists in the
   * store, it overwrites the value.
   *
   * Note that the key-value pairs are not guaranteed to be set in the order they are provided.
   *
   * If any of the keys do not exist in the store, it creates a new key-value pair.
   *
   * If any other error occurs, it returns an `Err(error)`. When an error occurs, it does not
   * rollback the key-value pairs that were already set. Thus, this batch operation does not
   * guarantee atomicity, implying that some key-value pairs could be set while others might
   * fail.
   *
   * Other concurrent operations may also be able to see the partial results.
   * @throws {import('workbooks:guest').ComponentError<Error>}
   */
  export function setMany(bucket: Bucket, keyValues: [string, Uint8Array][]): void;
  /**
   * Delete the key-value pairs associated with the keys in the store.
   *
   * Note that the key-value pairs are not guaranteed to be deleted in the order they are
   * provided.
   *
   * If any of the keys do not exist in the store, it skips the key.
   *
   * If any other error occurs, it returns an `Err(error)`. When an error occurs, it does not
   * rollback the key-value pairs that were already deleted. Thus, this batch operation does not
   * guarantee atomicity, implying that some key-value pairs could be deleted while others might
   * fail.
   *
   * Other concurrent operations may also be able to see the partial results.
   * @throws {import('workbooks:guest').ComponentError<Error>}
   */
  export function deleteMany(bucket: Bucket, keys: string[]): void;
}
declare module 'wasi:keyvalue/batch@0.2.0-draft' {
  export * from 'wasi:keyvalue/batch';
}

/** Tools that an agent can call: self-describing, JSON in, JSON out. */
declare module 'workbooks:engine/tool' {
  export type Error = import('workbooks:engine/types').Error;
  /** `parameters` is a JSON Schema of the arguments. */
  export interface Spec {
    name: string;
    description: string;
    parameters: string;
  }
}
declare module 'workbooks:engine/tool@0.1.0-dev' {
  export * from 'workbooks:engine/tool';
}

declare module 'workbooks:guest' {
  /** What a program exports. */
  export interface Guest {
    tool: Tool;
  }
  /** Tools that an agent can call: self-describing, JSON in, JSON out. */
  export interface Tool {
    /** @throws {ComponentError<import('workbooks:engine/tool').Error>} */
    describe(): Awaitable<import('workbooks:engine/tool').Spec[]>;
    /** @throws {ComponentError<import('workbooks:engine/tool').Error>} */
    call(name: string, arguments_: string): Awaitable<string>;
  }
/** What a program may return at once or later. */
  export type Awaitable<T> = T | Promise<T>;
  /** An option whose value may be `undefined` itself. */
  export type Option<T> = { tag: 'none' } | { tag: 'some'; val: T };
  /** A result that is not what a function returns. */
  export type Result<T, E> = { tag: 'ok'; val: T } | { tag: 'err'; val: E };
  /**
   * What is thrown where an interface says an error. A program that throws an error with a
   * `payload` answers with it.
   */
  export interface ComponentError<E> extends Error {
    payload: E;
  }
}
