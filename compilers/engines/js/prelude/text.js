// Text and bytes, chance, time, and copies.

const view = (source) => {
    if (source instanceof Uint8Array) return source;
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    if (source instanceof ArrayBuffer) return new Uint8Array(source);
    throw new TypeError('a buffer or a view of one is needed');
};

class TextEncoder {
    get encoding() {
        return 'utf-8';
    }

    encode(text = '') {
        return internal.encode(String(text).toWellFormed());
    }

    encodeInto(text, into) {
        let [read, written] = [0, 0];
        for (const one of String(text)) {
            const bytes = this.encode(one);
            if (written + bytes.length > into.length) break;
            into.set(bytes, written);
            written += bytes.length;
            read += one.length;
        }
        return { read, written };
    }
}

const LABELS = { 'utf-8': 'utf-8', utf8: 'utf-8', 'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', latin1: 'windows-1252', ascii: 'windows-1252', 'iso-8859-1': 'windows-1252', 'windows-1252': 'windows-1252' };
const HIGH = '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

class TextDecoder {
    #rest = new Uint8Array(0);
    #begun = false;

    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
        const encoding = LABELS[String(label).trim().toLowerCase()];
        if (!encoding) throw new RangeError(`there is no decoder of '${label}'`);
        Object.assign(this, { encoding, fatal, ignoreBOM });
    }

    decode(source = new Uint8Array(0), { stream = false } = {}) {
        let bytes = view(source);
        if (this.#rest.length > 0) {
            const both = new Uint8Array(this.#rest.length + bytes.length);
            both.set(this.#rest);
            both.set(bytes, this.#rest.length);
            bytes = both;
        }
        const keep = stream ? this.#incomplete(bytes) : 0;
        this.#rest = bytes.slice(bytes.length - keep);
        if (keep > 0) bytes = bytes.subarray(0, bytes.length - keep);
        let text = this.#text(bytes);
        if (!this.#begun && !this.ignoreBOM && text.startsWith('\ufeff')) text = text.slice(1);
        this.#begun = stream && (this.#begun || text.length > 0);
        return text;
    }

    // Bytes at the end that may begin a character.
    #incomplete(bytes) {
        if (this.encoding === 'windows-1252') return 0;
        if (this.encoding === 'utf-16le') return bytes.length % 2;
        for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
            const byte = bytes[bytes.length - back];
            if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
            if (byte < 0x80) return 0;
        }
        return 0;
    }

    #text(bytes) {
        if (this.encoding === 'windows-1252') {
            return Array.from(bytes, (byte) => (byte >= 0x80 && byte < 0xa0 ? HIGH[byte - 0x80] : String.fromCharCode(byte))).join('');
        }
        if (this.encoding === 'utf-16le') {
            let text = '';
            for (let at = 0; at + 1 < bytes.length; at += 2) text += String.fromCharCode(bytes[at] | (bytes[at + 1] << 8));
            if (this.fatal && (bytes.length % 2 || !text.isWellFormed())) throw new TypeError('the bytes are not UTF-16');
            return bytes.length % 2 ? `${text.toWellFormed()}\ufffd` : text.toWellFormed();
        }
        if (this.fatal && internal.valid(bytes) < bytes.length) throw new TypeError('the bytes are not UTF-8');
        return internal.decode(bytes);
    }
}

Math.random = internal.random;
Object.defineProperty(Math, 'random', { enumerable: false });

const INTEGERS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

const crypto = {
    getRandomValues(array) {
        if (!INTEGERS.some((kind) => array instanceof kind)) throw new TypeError('an array of integers is needed');
        const bytes = view(array);
        if (bytes.length > 65536) throw new DOMException('more than 65536 bytes at once', 'QuotaExceededError');
        internal.entropy(bytes);
        return array;
    },

    randomUUID() {
        const bytes = crypto.getRandomValues(new Uint8Array(16));
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
        return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
};

const performance = {
    get timeOrigin() {
        return Date.now() - internal.now();
    },
    now: () => internal.now(),
};

const unclonable = (what) => {
    throw new DOMException(`${what} could not be cloned.`, 'DataCloneError');
};

const clone = (value, seen) => {
    if (typeof value === 'function' || typeof value === 'symbol') unclonable(String(value));
    if (value === null || typeof value !== 'object') return value;
    if (seen.has(value)) return seen.get(value);
    const keep = (copy) => {
        seen.set(value, copy);
        return copy;
    };
    const fields = (copy) => {
        for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
        return copy;
    };
    if (Array.isArray(value)) return fields(keep(new Array(value.length)));
    if (value instanceof Map) {
        const copy = keep(new Map());
        for (const [key, one] of [...value]) copy.set(clone(key, seen), clone(one, seen));
        return copy;
    }
    if (value instanceof Set) {
        const copy = keep(new Set());
        for (const one of [...value]) copy.add(clone(one, seen));
        return copy;
    }
    if (value instanceof Date) return keep(new Date(value.getTime()));
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
    if (value instanceof ArrayBuffer) return keep(value.slice(0));
    if (value instanceof DataView) return keep(new DataView(clone(value.buffer, seen), value.byteOffset, value.byteLength));
    if (ArrayBuffer.isView(value)) return keep(new value.constructor(clone(value.buffer, seen), value.byteOffset, value.length));
    if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt) return keep(Object(value.valueOf()));
    if (value instanceof Error) {
        const kinds = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
        const copy = keep(Object.create((kinds[value.name] ?? Error).prototype));
        for (const key of ['message', 'stack', 'cause']) {
            if (Object.hasOwn(value, key)) Object.defineProperty(copy, key, { value: clone(value[key], seen), configurable: true, writable: true });
        }
        return copy;
    }
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) unclonable('it');
    return fields(keep({}));
};

define({ TextEncoder, TextDecoder, crypto, performance, structuredClone: (value) => clone(value, new Map()) });
