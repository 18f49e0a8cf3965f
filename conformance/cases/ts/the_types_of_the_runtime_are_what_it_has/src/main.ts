/** Tells what a list, which is all that the type of `object` has, lacks or has too much. */
function same<T extends object>(name: string, object: T, listed: Record<keyof T, 1>): void {
  const has = new Set<string | symbol>();
  for (let at: object = object; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) has.add(key);
  }
  has.delete('constructor');
  const said = new Set(Reflect.ownKeys(listed));
  const missing = [...said].filter((key) => !(key in object));
  const untyped = [...has].filter((key) => typeof key === 'string' && !said.has(key));
  console.log(name, missing, untyped);
}

const body = { headers: 1, bodyUsed: 1, bytes: 1, arrayBuffer: 1, text: 1, json: 1 } as const;
const pairs = { forEach: 1, entries: 1, keys: 1, values: 1, [Symbol.iterator]: 1 } as const;
const change = { append: 1, delete: 1, get: 1, has: 1, set: 1 } as const;

same('Headers', new Headers(), { ...change, ...pairs });
same('Request', new Request('http://a.example/'), { ...body, method: 1, url: 1, credential: 1, timeoutMs: 1 });
same('Response', new Response(), { ...body, ok: 1, status: 1, statusText: 1, url: 1 });
same('URLSearchParams', new URLSearchParams(), { ...change, ...pairs, size: 1, getAll: 1, sort: 1, toString: 1 });
same('URL', new URL('http://a.example/'), {
  hash: 1, host: 1, hostname: 1, href: 1, origin: 1, password: 1, pathname: 1, port: 1, protocol: 1,
  search: 1, searchParams: 1, username: 1, toString: 1, toJSON: 1,
});
same('TextEncoder', new TextEncoder(), { encoding: 1, encode: 1, encodeInto: 1 });
same('TextDecoder', new TextDecoder(), { encoding: 1, fatal: 1, ignoreBOM: 1, decode: 1 });
same('console', console, {
  log: 1, info: 1, debug: 1, error: 1, warn: 1, trace: 1, assert: 1, dir: 1, table: 1, group: 1,
  groupCollapsed: 1, groupEnd: 1, count: 1, countReset: 1, time: 1, timeLog: 1, timeEnd: 1,
});
same('crypto', crypto, { getRandomValues: 1, randomUUID: 1 });
same('performance', performance, { timeOrigin: 1, now: 1 });

const again = new Request(new Request('http://a.example/', { method: 'POST', body: 'whole', timeoutMs: 5 }), { method: 'PUT' });
console.log(again.method, again.timeoutMs, again.headers.get('content-type'), await again.text(), again.bodyUsed);
