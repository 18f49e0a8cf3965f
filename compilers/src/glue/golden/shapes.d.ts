// Generated from the world of the guest.
/// <reference lib="esnext.disposable" />

/** The host gives back what it is given. */
declare module 'shapes:guest/host' {
  export interface Small {
    a: number;
    b: bigint;
    c: string;
  }
  export type Tree =
    | { tag: 'leaf' }
    | { tag: 'number'; val: number }
    | { tag: 'text'; val: string }
    | { tag: 'wide'; val: bigint }
    | { tag: 'rec'; val: Small }
    | { tag: 'many'; val: Small[] };
  export type Color =
    | 'red'
    | 'light-green'
    | 'blue';
  export interface Perms {
    read?: boolean;
    write?: boolean;
    execAll?: boolean;
  }
  export interface WideFlags {
    f0?: boolean;
    f1?: boolean;
    f2?: boolean;
    f3?: boolean;
    f4?: boolean;
    f5?: boolean;
    f6?: boolean;
    f7?: boolean;
    f8?: boolean;
    f9?: boolean;
    f10?: boolean;
    f11?: boolean;
    f12?: boolean;
    f13?: boolean;
    f14?: boolean;
    f15?: boolean;
    f16?: boolean;
    f17?: boolean;
    f18?: boolean;
    f19?: boolean;
    f20?: boolean;
    f21?: boolean;
    f22?: boolean;
    f23?: boolean;
    f24?: boolean;
    f25?: boolean;
    f26?: boolean;
    f27?: boolean;
    f28?: boolean;
    f29?: boolean;
    f30?: boolean;
    f31?: boolean;
  }
  export interface Deep {
    trees: Tree[];
    maybe: import('shapes:guest').Option<number | undefined>;
    outcome: import('shapes:guest').Result<Tree | undefined, Color>;
    pair: [string, boolean, string[]];
    perms: Perms;
    wide: WideFlags;
  }
  /** What may go wrong. */
  export type Failure =
    | { tag: 'denied' }
    /** after so many */
    | { tag: 'limit'; val: bigint }
    | { tag: 'invalid'; val: string };
  export function bools(v: boolean): boolean;
  export function u8s(v: number): number;
  export function s8s(v: number): number;
  export function u16s(v: number): number;
  export function s16s(v: number): number;
  export function u32s(v: number): number;
  export function s32s(v: number): number;
  export function u64s(v: bigint): bigint;
  export function s64s(v: bigint): bigint;
  export function f32s(v: number): number;
  export function f64s(v: number): number;
  export function chars(v: string): string;
  export function strings(v: string): string;
  export function bytes(v: Uint8Array): Uint8Array;
  export function words(v: string[]): string[];
  export function wides(v: BigUint64Array): BigUint64Array;
  export function floats(v: Float32Array): Float32Array;
  export function flagLists(v: boolean[]): boolean[];
  export function tuples(v: [number, string, number]): [number, string, number];
  export function trees(v: Tree): Tree;
  export function colors(v: Color): Color;
  export function permissions(v: Perms): Perms;
  export function widePermissions(v: WideFlags): WideFlags;
  export function options(v?: string): string | undefined;
  export function nested(v: import('shapes:guest').Option<number | undefined>): import('shapes:guest').Option<number | undefined>;
  export function thrice(v?: import('shapes:guest').Option<number | undefined>): import('shapes:guest').Option<number | undefined> | undefined;
  export function results(v: import('shapes:guest').Result<import('shapes:guest').Result<number, string>, bigint | undefined>): [import('shapes:guest').Result<import('shapes:guest').Result<number, string>, bigint | undefined>];
  /** @throws {import('shapes:guest').ComponentError<Failure>} */
  export function outcomes(v: import('shapes:guest').Result<string, Failure>): string;
  /** @throws {import('shapes:guest').ComponentError<undefined>} */
  export function bareOutcomes(ok: boolean): void;
  export function deeps(v: Deep): Deep;
  /** More than sixteen core values: they go through memory. */
  export function spilled(a: string, b: string, c: string, d: string, e: string, f: string, g: string, h: string, i: string, j?: bigint): string;
  /** Sixteen core values. */
  export function exact(a: string, b: string, c: string, d: string, e: string, f: string, g: string, h: bigint, i: number): string;
  export function mixed(v: ([Color, number | undefined, Tree])[]): ([Color, number | undefined, Tree])[];
}
declare module 'shapes:guest/host@1.2.0' {
  export * from 'shapes:guest/host';
}

/** Things that the host holds. */
declare module 'shapes:guest/things' {
  export class Thing {
    constructor(name: string);
    name(): string;
    /** A part may not outlive its thing. */
    part(): Part;
    static join(left: Thing, right: Thing): Thing;
    /** @throws {import('shapes:guest').ComponentError<string>} */
    static open(name: string): Thing;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
  export class Part {
    private constructor();
    size(): number;
    /** Gives the resource back now, and not when the object is collected. */
    [Symbol.dispose](): void;
  }
  export function names(all: Thing[]): string[];
  export function make(names: string[]): Thing[];
  export function take(all: Thing[]): number;
  /** How many things and parts the host holds. */
  export function alive(): [number, number];
}
declare module 'shapes:guest/things@1.2.0' {
  export * from 'shapes:guest/things';
}

declare module 'twice' {
  export function twice(v: number): number;
  export default twice;
}

declare module 'print' {
  export function print(text: string): void;
  export default print;
}

/** What the program echoes. */
declare module 'shapes:guest/echo' {
  export type Deep = import('shapes:guest/host').Deep;
  export type Failure = import('shapes:guest/host').Failure;
  export type Tree = import('shapes:guest/host').Tree;
  export type WideFlags = import('shapes:guest/host').WideFlags;
}
declare module 'shapes:guest/echo@1.2.0' {
  export * from 'shapes:guest/echo';
}

/** What the program gives: objects of its own, and what it makes of the host's. */
declare module 'shapes:guest/counters' {
  export type Thing = import('shapes:guest/things').Thing;
  export interface Counter {
    increment(by: bigint): import('shapes:guest').Awaitable<bigint>;
    twin(): import('shapes:guest').Awaitable<Counter>;
    /** Called when the host lets go of it. */
    [Symbol.dispose]?(): void;
  }
  export interface CounterClass {
    new (start: bigint): Counter;
    merge(all: Counter[]): import('shapes:guest').Awaitable<Counter>;
  }
}
declare module 'shapes:guest/counters@1.2.0' {
  export * from 'shapes:guest/counters';
}

declare module 'shapes:guest' {
  /** What a program exports. */
  export interface Guest {
    /** @throws {ComponentError<string>} */
    check(what: string): Awaitable<string>;
    echo: Echo;
    counters: Counters;
  }
  /** What the program echoes. */
  export interface Echo {
    deeps(v: import('shapes:guest/echo').Deep): Awaitable<import('shapes:guest/echo').Deep>;
    trees(v: import('shapes:guest/echo').Tree[]): Awaitable<import('shapes:guest/echo').Tree[]>;
    /** @throws {ComponentError<import('shapes:guest/echo').Failure>} */
    outcomes(v: Result<string, import('shapes:guest/echo').Failure>): Awaitable<string>;
    floats(v: number): Awaitable<number>;
    wides(v: bigint): Awaitable<bigint>;
    permits(v: import('shapes:guest/echo').WideFlags): Awaitable<import('shapes:guest/echo').WideFlags>;
    nothing(): Awaitable<void>;
    spilled(a: string, b: string, c: string, d: string, e: string, f: string, g: string, h: string, i: string, j?: bigint): Awaitable<string>;
  }
  /** What the program gives: objects of its own, and what it makes of the host's. */
  export interface Counters {
    sum(all: import('shapes:guest/counters').Counter[]): Awaitable<bigint>;
    keep(thing: import('shapes:guest/counters').Thing): Awaitable<string>;
    look(thing: import('shapes:guest/counters').Thing): Awaitable<string>;
    back(counter?: import('shapes:guest/counters').Counter): Awaitable<import('shapes:guest/counters').Counter | undefined>;
    Counter: import('shapes:guest/counters').CounterClass;
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
