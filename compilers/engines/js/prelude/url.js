// URLs as the web has them, without its tables for international host names: such a host must be
// written in Punycode.

const PORTS = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': '' };
const special = (protocol) => Object.hasOwn(PORTS, protocol);

const encode = (text, extra) => {
    let out = '';
    for (const one of text.toWellFormed()) {
        if (one > ' ' && one < '\x7f' && !extra.includes(one)) out += one;
        else for (const byte of internal.encode(one)) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    }
    return out;
};

const PATH = '"#<>?`{}^';
const USER = `${PATH}/:;=@[\\]|`;

const invalid = (text) => {
    const error = new TypeError('Invalid URL');
    error.code = 'ERR_INVALID_URL';
    error.input = text;
    return error;
};

const ipv4 = (host) => {
    const parts = host.replace(/\.$/, '').split('.');
    if (!/^(0x[0-9a-f]*|\d+)$/i.test(parts.at(-1))) return undefined;
    const numbers = parts.map((part) => {
        if (/^0x[0-9a-f]*$/i.test(part)) return Number.parseInt(part.slice(2) || '0', 16);
        if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8);
        return /^[1-9]\d*$/.test(part) ? Number(part) : Number.NaN;
    });
    const last = numbers.pop();
    if (numbers.length > 3 || numbers.some((one) => !(one < 256)) || !(last < 256 ** (4 - numbers.length))) return null;
    const whole = numbers.reduce((sum, one, at) => sum + one * 256 ** (3 - at), last);
    return [24, 16, 8, 0].map((shift) => Math.floor(whole / 2 ** shift) % 256).join('.');
};

const ipv6 = (text) => {
    const halves = text.split('::');
    if (halves.length > 2 || !/^[0-9a-f:.]+$/i.test(text)) return null;
    const pieces = (half) => {
        const parts = half === '' ? [] : half.split(':');
        const quad = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(parts.at(-1) ?? '')?.slice(1).map(Number);
        if (quad) parts.splice(-1, 1, (quad[0] * 256 + quad[1]).toString(16), (quad[2] * 256 + quad[3]).toString(16));
        return parts;
    };
    const [head, tail] = [pieces(halves[0]), halves.length > 1 ? pieces(halves[1]) : []];
    const gap = 8 - head.length - tail.length;
    if (halves.length > 1 ? gap < 1 : gap !== 0) return null;
    const all = [...head, ...new Array(gap).fill('0'), ...tail];
    if (all.some((one) => !/^[0-9a-f]{1,4}$/i.test(one))) return null;
    const short = all.map((one) => Number.parseInt(one, 16).toString(16));
    let best = [0, 1];
    for (let at = 0; at < 8; at += 1) {
        let length = 0;
        while (short[at + length] === '0') length += 1;
        if (length > best[1]) best = [at, length];
    }
    if (best[1] < 2) return `[${short.join(':')}]`;
    return `[${short.slice(0, best[0]).join(':')}::${short.slice(best[0] + best[1]).join(':')}]`;
};

const hostOf = (text, protocol) => {
    if (text.startsWith('[')) return text.endsWith(']') ? ipv6(text.slice(1, -1)) : null;
    if (!special(protocol)) return /[\0\t\n\r #/:<>?@[\\\]^|]/.test(text) ? null : encode(text, '');
    let host;
    try {
        host = decodeURIComponent(text).toLowerCase();
    } catch {
        return null;
    }
    if (host === '' || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f-\uffff]/.test(host)) return null;
    const number = ipv4(host);
    return number === undefined ? host : number;
};

const pathOf = (text, protocol, base) => {
    const slashes = special(protocol) ? /[/\\]/ : /\//;
    const parts = base.slice();
    const given = text.split(slashes);
    given.forEach((part, at) => {
        const end = at === given.length - 1;
        const plain = part.replace(/%2e/gi, '.');
        if (plain === '..') {
            if (!(protocol === 'file:' && parts.length === 1 && /^[a-z]:$/i.test(parts[0]))) parts.pop();
            if (end) parts.push('');
        } else if (plain === '.') {
            if (end) parts.push('');
        } else parts.push(encode(part, PATH));
    });
    return parts;
};

const parse = (given, base) => {
    const text = given.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text);
    const url = { protocol: '', user: '', password: '', host: null, port: '', path: [], opaque: null, search: null, hash: null };
    let rest = text;
    const cut = (mark) => {
        const at = rest.indexOf(mark);
        if (at < 0) return null;
        const part = rest.slice(at + 1);
        rest = rest.slice(0, at);
        return part;
    };
    const hash = cut('#');
    const search = cut('?');
    if (hash !== null) url.hash = encode(hash, '"<>`');
    const protocol = scheme ? scheme[1].toLowerCase() + ':' : base?.protocol;
    if (!protocol) return null;
    if (search !== null) url.search = encode(search, special(protocol) ? '"#<>\'' : '"#<>');
    url.protocol = protocol;
    if (scheme) rest = rest.slice(scheme[0].length);
    const same = base && base.protocol === protocol && (!scheme || (special(protocol) && !/^[/\\]/.test(rest)));
    const slash = special(protocol) ? '[/\\\\]' : '/';
    if (scheme && !same && !new RegExp(`^${slash}`).test(rest) && !special(protocol)) {
        url.opaque = rest.replace(/[\0-\x1f\x7f-\uffff]/g, (one) => encode(one, ''));
        return url;
    }
    const authority = new RegExp(`^${slash}{2}`).test(rest) || (scheme && special(protocol) && !same);
    if (authority) {
        if (protocol === 'file:') rest = rest.replace(/^[/\\]{2}/, '');
        else rest = rest.replace(special(protocol) ? /^[/\\]*/ : /^\/\//, '');
        const end = rest.search(special(protocol) ? /[/\\]/ : /\//);
        let where = end < 0 ? rest : rest.slice(0, end);
        rest = end < 0 ? '' : rest.slice(end);
        const at = where.lastIndexOf('@');
        if (at >= 0) {
            const [user, ...password] = where.slice(0, at).split(':');
            url.user = encode(user, USER);
            url.password = encode(password.join(':'), USER);
            where = where.slice(at + 1);
        }
        const port = /:(\d*)$/.exec(where);
        if (port && protocol !== 'file:') {
            if (Number(port[1]) > 65535) return null;
            url.port = port[1] === '' || String(Number(port[1])) === PORTS[protocol] ? '' : String(Number(port[1]));
            where = where.slice(0, port.index);
        }
        if (protocol === 'file:' && (where === '' || where === 'localhost')) url.host = '';
        else if (where === '' && !special(protocol)) url.host = '';
        else url.host = hostOf(where, protocol);
        if (url.host === null) return null;
    } else {
        if (!base || base.opaque !== null) {
            if (!(base && text.startsWith('#'))) {
                if (!scheme) return null;
            } else return { ...base, hash: url.hash };
        }
        if (base && base.protocol === protocol) {
            Object.assign(url, { user: base.user, password: base.password, host: base.host, port: base.port });
            if (rest === '') return { ...url, path: base.path, search: search === null ? base.search : url.search };
            if (!new RegExp(`^${slash}`).test(rest)) {
                url.path = pathOf(rest, protocol, base.path.slice(0, -1));
                return url;
            }
        }
    }
    if (rest !== '' || special(protocol)) url.path = pathOf(rest.replace(new RegExp(`^${slash}`), ''), protocol, []);
    return url;
};

const query = (text) => text.split('&').filter(Boolean).map((pair) => {
    const at = pair.indexOf('=');
    const plain = (part) => internal.decode(bytesOf(part.replaceAll('+', ' ')));
    return at < 0 ? [plain(pair), ''] : [plain(pair.slice(0, at)), plain(pair.slice(at + 1))];
});

const bytesOf = (text) => {
    const bytes = internal.encode(text.toWellFormed());
    const out = [];
    for (let at = 0; at < bytes.length; at += 1) {
        const hex = bytes[at] === 0x25 ? String.fromCharCode(bytes[at + 1], bytes[at + 2]) : '';
        if (/^[0-9a-f]{2}$/i.test(hex)) {
            out.push(Number.parseInt(hex, 16));
            at += 2;
        } else out.push(bytes[at]);
    }
    return new Uint8Array(out);
};

const form = (text) => encode(text, '!"#$%&\'()+,/:;<=>?@[\\]^`{|}~').replaceAll('%20', '+');

const owner = Symbol('owner');

class URLSearchParams {
    #pairs = [];
    #changed = () => {};

    constructor(given = '', changed = undefined) {
        if (changed?.[owner]) this.#changed = changed[owner];
        if (typeof given === 'object' && given !== null) {
            const pairs = typeof given[Symbol.iterator] === 'function' ? given : Object.entries(given);
            for (const pair of pairs) {
                const both = [...pair].map(String);
                if (both.length !== 2) throw new TypeError('a pair of name and value is needed');
                this.#pairs.push(both);
            }
        } else this.#pairs = query(String(given).replace(/^\?/, ''));
    }

    get size() { return this.#pairs.length; }

    append(name, value) { this.#set([...this.#pairs, [String(name), String(value)]]); }

    delete(name, value) {
        this.#set(this.#pairs.filter((pair) => pair[0] !== String(name) || (value !== undefined && pair[1] !== String(value))));
    }

    get(name) { return this.#pairs.find((pair) => pair[0] === String(name))?.[1] ?? null; }

    getAll(name) { return this.#pairs.filter((pair) => pair[0] === String(name)).map((pair) => pair[1]); }

    has(name, value) { return this.#pairs.some((pair) => pair[0] === String(name) && (value === undefined || pair[1] === String(value))); }

    set(name, value) {
        const at = this.#pairs.findIndex((pair) => pair[0] === String(name));
        if (at < 0) return this.append(name, value);
        const rest = this.#pairs.filter((pair, index) => index <= at || pair[0] !== String(name));
        rest[at] = [String(name), String(value)];
        return this.#set(rest);
    }

    sort() { this.#set(this.#pairs.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))); }

    forEach(act, self) { for (const [name, value] of this.#pairs) act.call(self, value, name, this); }

    * keys() { for (const [name] of this.#pairs) yield name; }

    * values() { for (const [, value] of this.#pairs) yield value; }

    * entries() { for (const pair of this.#pairs) yield [...pair]; }

    [Symbol.iterator]() { return this.entries(); }

    toString() { return this.#pairs.map((pair) => pair.map(form).join('=')).join('&'); }

    #set(pairs) {
        this.#pairs = pairs;
        this.#changed(this.toString());
    }

    [owner](text) { this.#pairs = query(text); }
}
