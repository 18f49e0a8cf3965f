/** Pairs of the capability `kv`, with values as JSON. */
import * as kv from 'workbooks:engine/kv';

/**
 * The value of a key; `undefined` if it has none.
 *
 * @param {string} key
 * @returns {any}
 */
export function get(key) {
  const bytes = kv.get(key);
  return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
}

/** @param {string} key @param {unknown} value */
export function set(key, value) {
  kv.set(key, new TextEncoder().encode(JSON.stringify(value)));
}

/** @param {string} key @returns {boolean} whether there was one */
export function remove(key) {
  return kv.delete(key);
}

/**
 * All keys that begin with `prefix`, in their order.
 *
 * @param {string} [prefix]
 * @returns {Generator<string>}
 */
export function* keys(prefix = '') {
  /** @type {string | undefined} */
  let cursor;
  do {
    const [page, next] = kv.keys(prefix, cursor, 1000);
    yield* page;
    cursor = next;
  } while (cursor !== undefined);
}
