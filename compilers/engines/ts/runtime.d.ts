// What the runtime of JavaScript has besides the language: the globals, `import.meta`, and the
// module `workbooks:process`. The modules of capabilities are declared with the guest's world.

interface Console {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  /** To stderr, like `warn`, `trace` and `assert`. */
  error(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  trace(...values: unknown[]): void;
  assert(fine?: unknown, ...values: unknown[]): void;
  dir(value: unknown, options?: { depth?: number }): void;
  table(rows: unknown): void;
  group(...values: unknown[]): void;
  groupCollapsed(...values: unknown[]): void;
  groupEnd(): void;
  count(label?: string): void;
  countReset(label?: string): void;
  time(label?: string): void;
  timeLog(label?: string, ...values: unknown[]): void;
  timeEnd(label?: string): void;
}
declare var console: Console;

type BufferSource = ArrayBufferView | ArrayBuffer;

interface TextEncoder {
  readonly encoding: 'utf-8';
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
declare var TextEncoder: { new (): TextEncoder; prototype: TextEncoder };

interface TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: BufferSource, options?: { stream?: boolean }): string;
}
declare var TextDecoder: {
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
  prototype: TextDecoder;
};

interface DOMException extends Error {
  readonly code: number;
}
declare var DOMException: {
  new (message?: string, name?: string): DOMException;
  prototype: DOMException;
};

declare function setTimeout<A extends unknown[]>(act: (...args: A) => void, delay?: number, ...args: A): number;
declare function setInterval<A extends unknown[]>(act: (...args: A) => void, delay?: number, ...args: A): number;
declare function setImmediate<A extends unknown[]>(act: (...args: A) => void, ...args: A): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare function clearImmediate(id: number | undefined): void;
declare function queueMicrotask(act: () => void): void;
declare function structuredClone<T>(value: T): T;
declare function atob(text: string): string;
declare function btoa(text: string): string;

declare var performance: { readonly timeOrigin: number; now(): number };

declare var crypto: {
  /** Fills an array of integers, of at most 65536 bytes. */
  getRandomValues<T extends ArrayBufferView>(array: T): T;
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`;
};

interface URLSearchParams {
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  toString(): string;
  forEach(act: (value: string, name: string, all: URLSearchParams) => void): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
declare var URLSearchParams: {
  new (init?: string | Iterable<readonly [string, string]> | Record<string, string>): URLSearchParams;
  prototype: URLSearchParams;
};

interface URL {
  hash: string;
  host: string;
  hostname: string;
  href: string;
  readonly origin: string;
  password: string;
  pathname: string;
  port: string;
  protocol: string;
  search: string;
  readonly searchParams: URLSearchParams;
  username: string;
  toString(): string;
  toJSON(): string;
}
declare var URL: {
  new (url: string | URL, base?: string | URL): URL;
  prototype: URL;
  canParse(url: string | URL, base?: string | URL): boolean;
  parse(url: string | URL, base?: string | URL): URL | null;
};

interface Headers {
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(act: (value: string, name: string, all: Headers) => void): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>;
declare var Headers: { new (init?: HeadersInit): Headers; prototype: Headers };

type BodyInit = string | BufferSource | URLSearchParams;

interface Body {
  readonly headers: Headers;
  readonly bodyUsed: boolean;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
  json(): Promise<any>;
}

interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  /** The purpose of a credential that the operator bound; the program never sees it. */
  credential?: string;
  timeoutMs?: number;
}
interface Request extends Body {
  readonly method: string;
  readonly url: string;
  readonly credential: string | undefined;
  readonly timeoutMs: number | undefined;
}
declare var Request: { new (given: string | URL | Request, init?: RequestInit): Request; prototype: Request };

interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersInit;
}
interface Response extends Body {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
}
declare var Response: {
  new (body?: BodyInit | null, init?: ResponseInit): Response;
  prototype: Response;
  json(value: unknown, init?: ResponseInit): Response;
};

/** Needs the capability `net`. */
declare function fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;

interface ImportMeta {
  readonly url: string;
  /** Whether it is the module that the program starts with. */
  readonly main: boolean;
}

declare module 'workbooks:process' {
  /** Bytes that come in. */
  export interface Input {
    /** The next bytes, at most 65536 unless `most` says otherwise; none at the end. */
    read(most?: number): Uint8Array;
    /** All that is left. */
    bytes(): Uint8Array;
    text(): string;
    lines(): Generator<string, void, undefined>;
  }
  /** Where bytes go. */
  export interface Output {
    write(what: string | BufferSource): void;
  }
  /** What the program was called with, without its own name. */
  export const args: string[];
  export const env: Record<string, string>;
  export const stdin: Input;
  export const stdout: Output;
  export const stderr: Output;
  /** Ends the program. */
  export function exit(status?: number): never;
  /** What the program exits with when nothing is left to do. */
  export function setExitStatus(status: number): void;
}
