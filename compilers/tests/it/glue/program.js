import * as host from 'shapes:guest/host';
import { Thing, Part, names, make, take, alive } from 'shapes:guest/things@1.2.0';
import { Thing as SameThing } from 'shapes:guest/things';
import twice, { twice as byName } from 'twice';

// ---- claims ----

const show = (value) => JSON.stringify(value, (key, item) =>
  typeof item === 'bigint' ? `${item}n` : ArrayBuffer.isView(item) ? [item.constructor.name, ...item]
    : item === undefined ? 'undefined' : Object.is(item, -0) ? '-0' : Number.isNaN(item) ? 'NaN' : item);

const same = (found, expected) => {
  if (show(found) !== show(expected)) throw new Error(`${show(found)} is not ${show(expected)}`);
};

const keeps = (call, ...values) => values.forEach((value) => same(call(value), value));

const thrown = (call) => {
  try { call(); } catch (error) { return error; }
  throw new Error('nothing was thrown');
};

const refuses = (call, message) => {
  const error = thrown(call);
  same(error instanceof TypeError, true);
  same(error.message, message);
};

let early;
try { host.u8s(1); } catch (error) { early = error.message; }

const tree = [
  { tag: 'leaf' }, { tag: 'number', val: 1.5 }, { tag: 'text', val: 'grün 🌳' }, { tag: 'wide', val: 2n ** 64n - 1n },
  { tag: 'rec', val: { a: 255, b: -(2n ** 63n), c: '' } },
  { tag: 'many', val: [{ a: 0, b: 0n, c: 'x' }, { a: 1, b: 1n, c: 'y' }] }, { tag: 'many', val: [] },
];
const wide = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`f${i}`, i % 3 === 0]));
const deep = {
  trees: tree, maybe: { tag: 'some', val: undefined }, outcome: { tag: 'ok', val: tree[4] },
  pair: ['é', true, ['', 'a']], perms: { read: true, write: false, execAll: true }, wide,
};

const checks = {
  numbers() {
    keeps(host.bools, true, false);
    keeps(host.u8s, 0, 255);
    keeps(host.s8s, -128, 127);
    keeps(host.u16s, 65535);
    keeps(host.s16s, -32768);
    keeps(host.u32s, 0, 4294967295);
    keeps(host.s32s, -2147483648, 2147483647);
    keeps(host.u64s, 0n, 2n ** 64n - 1n, 2n ** 53n + 1n);
    keeps(host.s64s, -(2n ** 63n), 2n ** 63n - 1n);
    keeps(host.f32s, 1.5, Infinity, -0, NaN);
    keeps(host.f64s, 0.1, -Infinity, Number.MIN_VALUE, NaN);
    same(host.u64s(7), 7n);
    same([host.u8s(256), host.s8s(200), host.u16s(-1), host.u32s(-1), host.u8s(1.9)], [0, -56, 65535, 4294967295, 1]);
    same([host.u64s(-1n), host.s64s(2n ** 63n)], [2n ** 64n - 1n, -(2n ** 63n)]);
  },
  texts() {
    keeps(host.chars, 'a', 'ß', '€', '😀', '\0');
    keeps(host.strings, '', 'a\0b', 'żółć 😀', 'x'.repeat(100000));
    same(host.strings('a\ud800b\udc00'), 'a\ufffdb\ufffd');
    same(host.strings('\ud7ff\ue000퟿'), '\ud7ff\ue000퟿');
    keeps(host.words, [], ['', 'a', 'żółć']);
  },
  lists() {
    keeps(host.bytes, new Uint8Array(0), new Uint8Array([0, 1, 255]), new Uint8Array(100000));
    same(host.bytes([1, 2, 3]), new Uint8Array([1, 2, 3]));
    same(host.bytes(new Uint8Array([1, 2, 3, 4]).buffer), new Uint8Array([1, 2, 3, 4]));
    same(host.bytes(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)), new Uint8Array([2, 3]));
    same(host.bytes(new Uint8ClampedArray([1])), new Uint8Array([1]));
    keeps(host.wides, new BigUint64Array(0), new BigUint64Array([0n, 2n ** 64n - 1n]));
    same(host.wides([1n, 2]), new BigUint64Array([1n, 2n]));
    keeps(host.floats, new Float32Array([1.5, -0, NaN]));
    keeps(host.flagLists, [], [true, false]);
    keeps(host.mixed, [], [['red', undefined, tree[2]], ['light-green', 2.5, tree[5]]]);
  },
  shapes() {
    keeps(host.tuples, [1, 'b', 0.5]);
    keeps(host.trees, ...tree);
    keeps(host.colors, 'red', 'light-green', 'blue');
    keeps(host.permissions, { read: true, write: false, execAll: true });
    same(host.permissions({ write: 1 }), { read: false, write: true, execAll: false });
    same(host.permissions(), { read: false, write: false, execAll: false });
    keeps(host.widePermissions, wide);
    keeps(host.options, undefined, '', 'x');
    same(host.options(null), undefined);
    keeps(host.nested, { tag: 'none' }, { tag: 'some', val: undefined }, { tag: 'some', val: 7 });
    keeps(host.thrice, undefined, { tag: 'none' }, { tag: 'some', val: undefined }, { tag: 'some', val: 7 });
    for (const v of [{ tag: 'ok', val: { tag: 'err', val: 'e' } }, { tag: 'ok', val: { tag: 'ok', val: 3 } },
      { tag: 'err', val: undefined }, { tag: 'err', val: 2n ** 64n - 1n }]) same(host.results(v), [v]);
    keeps(host.deeps, deep, { ...deep, trees: [], maybe: { tag: 'none' }, outcome: { tag: 'err', val: 'blue' } });
    same(twice(21), 42);
    same(byName(4), 8);
  },
  memory() {
    same(host.spilled('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'ij', 7n), 'a|b|c|d|e|f|g|h|ij|some(7)');
    same(host.spilled('', '', '', '', '', '', '', '', ''), '|||||||||none');
    same(host.exact('a', 'b', 'c', 'd', 'e', 'f', 'g', 2n ** 64n - 1n, 1.5), 'a|b|c|d|e|f|g|18446744073709551615|1.5');
    const big = new Uint8Array(300000);
    for (let i = 0; i < 40; i++) same(host.bytes(big).length, big.length);
    const trap = { get a() { host.strings('x'.repeat(50000)); return 1; }, b: 2n, c: 'after' };
    same(host.trees({ tag: 'rec', val: trap }), { tag: 'rec', val: { a: 1, b: 2n, c: 'after' } });
  },
  errors() {
    same(host.outcomes({ tag: 'ok', val: 'fine' }), 'fine');
    same(host.bareOutcomes(true), undefined);
    const error = thrown(() => host.outcomes({ tag: 'err', val: { tag: 'limit', val: 9n } }));
    same([error instanceof Error, error.name, error.message, error.payload],
      [true, 'ComponentError', 'host.outcomes: limit: 9', { tag: 'limit', val: 9n }]);
    same(thrown(() => host.bareOutcomes(false)).payload, undefined);
    same(thrown(() => host.bareOutcomes(false)).message, 'host.bareOutcomes: undefined');
    same(thrown(() => host.outcomes({ tag: 'err', val: { tag: 'denied' } })).message, 'host.outcomes: denied');
  },
  refusals() {
    same(early, 'host.u8s cannot be called yet');
    refuses(() => host.u8s('1'), 'host.u8s: v must be a number, not "1"');
    refuses(() => host.u8s(), 'host.u8s: v must be a number, not undefined');
    refuses(() => host.u8s(1n), 'host.u8s: v must be a number, not a bigint');
    refuses(() => host.u64s(1.5), 'host.u64s: v must be a bigint, not a number');
    refuses(() => host.u64s(2 ** 60), 'host.u64s: v must be a bigint, not a number');
    refuses(() => host.bools(0), 'host.bools: v must be a boolean, not a number');
    refuses(() => host.chars('ab'), 'host.chars: v must be a string of one character, not "ab"');
    refuses(() => host.chars('\ud800'), 'host.chars: v must be a string of one character, not "\ud800"');
    refuses(() => host.strings(1), 'host.strings: v must be a string, not a number');
    refuses(() => host.bytes('x'), 'host.bytes: v must be a Uint8Array, not "x"');
    refuses(() => host.bytes(new Uint16Array(1)), 'host.bytes: v must be a Uint8Array, not another object');
    refuses(() => host.words(['a', 2]), 'host.words: v[1] must be a string, not a number');
    refuses(() => host.tuples([1, 'a']), 'host.tuples: v must be an array of 3, not an array');
    refuses(() => host.trees({ tag: 'leav' }), 'host.trees: v.tag must be one of leaf, number, text, wide, rec, many, not "leav"');
    refuses(() => host.trees('leaf'), 'host.trees: v must be an object with `tag`, not "leaf"');
    refuses(() => host.trees({ tag: 'rec', val: { a: 1, b: 2n } }), 'host.trees: v.val.c must be a string, not undefined');
    refuses(() => host.colors('grey'), 'host.colors: v must be one of red, light-green, blue, not "grey"');
    refuses(() => host.nested(1), 'host.nested: v must be an object with `tag`, not a number');
    refuses(() => host.deeps({ ...deep, trees: [{ tag: 'text', val: null }] }), 'host.deeps: v.trees[0].val must be a string, not null');
    refuses(() => host.permissions('read'), 'host.permissions: v must be an object, not "read"');
    refuses(() => names([{}]), 'things.names: all[0] must be Thing, not another object');
    refuses(() => new Part(), 'Part has no constructor');
    refuses(() => Thing.prototype.name.call({}), 'things.Thing.name: self must be Thing, not another object');
    same(thrown(() => host.trees({ get tag() { throw new RangeError('mine'); } })).message, 'mine');
    let items = new Array(2 ** 31); same(thrown(() => host.words(items)).message, 'out of memory');
  },
  resources() {
    same(alive(), [0, 0]);
    (() => {
      const one = new Thing('one'), two = Thing.open('two');
      same([one.name(), two.name(), one instanceof Thing, SameThing === Thing], ['one', 'two', true, true]);
      same(Object.prototype.toString.call(one), '[object Thing]');
      same(names([one, two, one]), ['one', 'two', 'one']);
      same(thrown(() => Thing.open('')).payload, 'no name');
      const joined = Thing.join(one, two);
      same([joined.name(), two.name()], ['one+two', 'two']);
      refuses(() => one.name(), 'this Thing was disposed of or given away');
      refuses(() => take([two, two]), 'this Thing was disposed of or given away');
      same(two.name(), 'two');
      refuses(() => take([two, joined, 1]), 'things.take: all[2] must be Thing, not a number');
      same(alive(), [2, 0]);
      same(take([two, joined]), 2);
      refuses(() => two.name(), 'this Thing was disposed of or given away');
      const [a, b, c] = make(['a', 'b', 'c']);
      a[Symbol.dispose]();
      a[Symbol.dispose]();
      refuses(() => a.name(), 'this Thing was disposed of or given away');
      same(alive(), [2, 0]);
      let part = b.part();
      b[Symbol.dispose]();
      refuses(() => b.name(), 'this Thing was disposed of or given away');
      same([part.size(), alive()], [1, [2, 1]]);
      part = undefined;
      same(alive(), [1, 0]);
    })();
    same(alive(), [0, 0]);
    let held = new Thing('held').part();
    same([held.size(), alive()], [4, [1, 1]]);
    held = { held };
    held.self = held;
    held = undefined;
    class Better extends Thing { shout() { return this.name().toUpperCase(); } }
    same(new Better('sub').shout(), 'SUB');
    same(make(Array.from({ length: 1000 }, (_, i) => `${i}`)).length, 1000);
  },
};

export const check = async (what) => {
  await null;
  if (!checks[what]) throw Object.assign(new Error('no such check'), { payload: `no check ${what}` });
  checks[what]();
  return what;
};

// ---- what the host calls ----

const give = (value) => value;
export const echo = {
  deeps: give, trees: (v) => Promise.resolve(v), floats: give, wides: give, permits: give,
  nothing() {},
  spilled: (...all) => all.map((v) => typeof v === 'bigint' ? `${v}` : v).join('|'),
  outcomes(v) {
    if (v.tag === 'ok') return v.val;
    if (v.val.tag === 'limit') throw Object.assign(new Error('limit'), { payload: v.val });
    if (v.val.tag === 'denied') throw v.val;
    throw new RangeError('unforeseen');
  },
};

let disposed = 0n;
class Counter {
  #count;
  constructor(start) { this.#count = start; }
  increment(by) { return this.#count += by; }
  twin() { return new Counter(this.#count); }
  static merge(all) { return new Counter(all.reduce((sum, one) => sum + one.#count, 0n)); }
  static sum(all) { return all.reduce((sum, one) => sum + one.#count, 0n) + 1000n * disposed; }
  [Symbol.dispose]() { disposed++; }
}
let kept, lent;
export const counters = {
  Counter,
  sum: Counter.sum,
  keep(thing) { kept = thing; return kept.name(); },
  look(thing) {
    if (lent) { try { lent.name(); } catch (error) { return error.message; } }
    lent = thing;
    try { take([thing]); } catch (error) { return `${thing.name()}: ${error.message}`; }
  },
  back: (counter) => counter,
};
