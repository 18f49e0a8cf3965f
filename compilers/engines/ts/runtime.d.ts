declare const console: { log(...values: unknown[]): void };
declare function fetch(url: string): Promise<unknown>;
