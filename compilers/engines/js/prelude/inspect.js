// Values as text, in the form that Node's console gives them.

const ESCAPES = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\\': '\\\\' };

const quoted = (text) => {
    const quote = !text.includes('\'') ? '\'' : !text.includes('"') ? '"' : !text.includes('`') ? '`' : '\'';
    const escaped = text.replace(/[\x00-\x1f\x7f-\x9f\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, (one) =>
        ESCAPES[one] ?? (one >= '\ud800' ? `\\u${one.charCodeAt(0).toString(16).toUpperCase()}` : `\\x${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`));
    return quote + (quote === '\'' ? escaped.replaceAll('\'', '\\\'') : escaped) + quote;
};

const primitive = (value) => {
    if (typeof value === 'string') return quoted(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (Object.is(value, -0)) return '-0';
    return String(value);
};

const key = (name) => {
    if (typeof name === 'symbol') return `[${String(name)}]`;
    return /^[a-zA-Z_$][\w$]*$/.test(name) ? name : quoted(name);
};

const kindOf = (value) => {
    for (let proto = value; proto !== null; proto = Object.getPrototypeOf(proto)) {
        const made = Object.getOwnPropertyDescriptor(proto, 'constructor')?.value;
        if (typeof made === 'function' && made.name) return made.name;
    }
    return null;
};

// `Foo `, `[Foo: null prototype] `, or nothing where `plain` says enough.
const prefix = (value, plain, size) => {
    const kind = kindOf(value);
    const count = size === undefined ? '' : `(${size})`;
    let tag = value[Symbol.toStringTag];
    tag = typeof tag === 'string' && tag && tag !== (kind ?? plain) ? `[${tag}] ` : '';
    if (kind === null) return `[${plain}${count}: null prototype] ${tag}`;
    return kind === plain && !tag && (plain === 'Object' || plain === 'Array') ? '' : `${kind}${count} ${tag}`;
};

const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value));

const ofFunction = (value) => {
    const base = Object.getPrototypeOf(value);
    if (isClass(value)) {
        const above = base?.name ? ` extends ${base.name}` : '';
        return `[class ${value.name || '(anonymous)'}${above}]`;
    }
    const kind = kindOf(value) ?? 'Function';
    return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
};

const ofError = (value, indent) => {
    const head = String(Error.prototype.toString.call(value));
    // The prelude's own frames tell nobody anything.
    const stack = typeof value.stack === 'string' ? value.stack.trimEnd().replace(/^.*\bwbx:prelude:.*(\n|$)/gm, '').trimEnd() : '';
    const lines = stack.startsWith(head) || !stack ? stack || `[${head}]` : `${head}\n${stack}`;
    return lines.replaceAll('\n', `\n${' '.repeat(indent)}`);
};

const width = (text) => text.length;

// More than six short values stand in columns.
const columns = (parts, indent, value) => {
    let total = 0;
    let widest = 0;
    const more = parts.at(-1).startsWith('... ') ? 1 : 0;
    const count = parts.length - more;
    const widths = parts.slice(0, count).map((part) => width(part) + 2);
    for (const one of widths) {
        total += one;
        widest = Math.max(widest, one);
    }
    if (widest * 3 + indent >= 80 || (total / widest <= 5 && widest - 2 > 6)) return parts;
    const bias = Math.sqrt(widest - total / parts.length);
    const biased = Math.max(widest - 2 - bias, 1);
    const across = Math.min(Math.round(Math.sqrt(2.5 * biased * count) / biased), Math.floor((80 - indent) / widest), 12);
    if (across <= 1) return parts;
    const widthOf = [];
    for (let column = 0; column < across; column += 1) {
        let most = 0;
        for (let at = column; at < count; at += across) most = Math.max(most, widths[at]);
        widthOf.push(most);
    }
    const right = value.every?.((one) => typeof one === 'number' || typeof one === 'bigint');
    const rows = [];
    for (let at = 0; at < count; at += across) {
        const end = Math.min(at + across, count);
        let row = '';
        for (let one = at; one < end - 1; one += 1) {
            const cell = `${parts[one]}, `;
            row += right ? cell.padStart(widthOf[one - at]) : cell.padEnd(widthOf[one - at]);
        }
        rows.push(row + (right ? parts[end - 1].padStart(widthOf[end - 1 - at] - 2) : parts[end - 1]));
    }
    return more ? [...rows, parts.at(-1)] : rows;
};

const enclose = (state, value, head, open, close, parts, depth) => {
    if (parts.length === 0) return `${head}${open}${close}`;
    const entries = parts.length;
    let shown = parts;
    if (open === '[' && entries > 6) shown = columns(parts, state.indent, value);
    const simple = state.depth - depth < 3 && entries === shown.length;
    if (simple) {
        const start = shown.length + state.indent + open.length + head.length + 10;
        const total = shown.reduce((sum, part) => sum + width(part) + 1, start);
        if (total <= 80 && !shown.some((part) => part.includes('\n'))) return `${head}${open} ${shown.join(', ')} ${close}`;
    }
    const gap = `\n${' '.repeat(state.indent)}`;
    return `${head}${open}${gap}  ${shown.join(`,${gap}  `)}${gap}${close}`;
};

const property = (state, value, name, depth, bare) => {
    const about = Object.getOwnPropertyDescriptor(value, name);
    let text;
    if (about.get) text = about.set ? '[Getter/Setter]' : '[Getter]';
    else if (about.set) text = '[Setter]';
    else {
        text = nested(state, about.value, depth);
    }
    return bare ? text : `${key(name)}: ${text}`;
};

const nested = (state, value, depth) => {
    state.indent += 2;
    const text = format(state, value, depth + 1);
    state.indent -= 2;
    return text;
};

const elements = (state, value, depth) => {
    const parts = [];
    let at = 0;
    for (; at < value.length && parts.length < 100; at += 1) {
        if (ArrayBuffer.isView(value)) parts.push(primitive(value[at]));
        else if (Object.hasOwn(value, at)) parts.push(property(state, value, String(at), depth, true));
        else {
            const from = at;
            while (at + 1 < value.length && !Object.hasOwn(value, at + 1)) at += 1;
            parts.push(`<${at - from + 1} empty item${at > from ? 's' : ''}>`);
        }
    }
    const rest = value.length - at;
    return rest > 0 ? [...parts, `... ${rest} more item${rest > 1 ? 's' : ''}`] : parts;
};

const shape = (state, value, depth) => {
    const list = Array.isArray(value) || value instanceof String || (ArrayBuffer.isView(value) && !(value instanceof DataView));
    const names = Reflect.ownKeys(value).filter((name) =>
        Object.getOwnPropertyDescriptor(value, name)?.enumerable && !(list && typeof name === 'string' && /^\d+$/.test(name)));
    const deep = depth > state.most;
    const rest = () => names.map((name) => property(state, value, name, depth, false));
    const boxed = (head, parts = []) => {
        if (names.length === 0 && parts.length === 0) return head;
        return deep ? `[${kindOf(value)}]` : enclose(state, value, `${head} `, '{', '}', [...parts, ...rest()], depth);
    };
    const cut = (head, open, close, parts) => {
        if (deep) return `[${list ? 'Array' : kindOf(value) ?? 'Object: null prototype'}]`;
        return enclose(state, value, head, open, close, [...parts(), ...rest()], depth);
    };
    for (const kind of [Number, String, Boolean, BigInt, Symbol]) {
        if (value instanceof kind) return boxed(`[${kind.name}: ${primitive(value.valueOf())}]`);
    }
    if (list) {
        const plain = Array.isArray(value) ? 'Array' : kindOf(value);
        return cut(prefix(value, plain, plain === 'Array' && kindOf(value) === 'Array' ? undefined : value.length), '[', ']', () => elements(state, value, depth));
    }
    if (typeof value === 'function') return boxed(ofFunction(value));
    if (value instanceof Error) {
        const own = names.filter((name) => name !== 'cause' || !Object.hasOwn(value, 'cause'));
        const parts = own.map((name) => property(state, value, name, depth, false));
        if (Object.hasOwn(value, 'cause')) parts.push(`[cause]: ${nested(state, value.cause, depth)}`);
        if (Object.hasOwn(value, 'errors') && Array.isArray(value.errors)) parts.push(`[errors]: ${nested(state, value.errors, depth)}`);
        const head = ofError(value, state.indent);
        if (parts.length === 0) return head;
        const gap = `\n${' '.repeat(state.indent)}`;
        return `${head} {${gap}  ${parts.join(`,${gap}  `)}${gap}}`;
    }
    if (value instanceof RegExp) return boxed(RegExp.prototype.toString.call(value));
    if (value instanceof Date) return boxed(Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString());
    if (value instanceof Map) {
        const pairs = () => [...value].map(([name, one]) => `${nested(state, name, depth)} => ${nested(state, one, depth)}`);
        return cut(prefix(value, 'Map', value.size), '{', '}', pairs);
    }
    if (value instanceof Set) return cut(prefix(value, 'Set', value.size), '{', '}', () => [...value].map((one) => nested(state, one, depth)));
    if (value instanceof ArrayBuffer) {
        const hex = Array.from(new Uint8Array(value).subarray(0, 50), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
        const more = value.byteLength > 50 ? ` ... ${value.byteLength - 50} more bytes` : '';
        return boxed('ArrayBuffer', [`[Uint8Contents]: <${hex}${more}>`, `byteLength: ${value.byteLength}`]);
    }
    if (value instanceof Promise) {
        const [pending, rejected, result] = internal.settled(value);
        return cut('Promise ', '{', '}', () => [pending ? '<pending>' : (rejected ? '<rejected> ' : '') + nested(state, result, depth)]);
    }
    if (value instanceof WeakMap || value instanceof WeakSet) return `${kindOf(value)} { <items unknown> }`;
    if (Object.prototype.toString.call(value) === '[object Arguments]') return cut('[Arguments] ', '[', ']', () => []);
    return cut(prefix(value, 'Object'), '{', '}', () => []);
};

const format = (state, value, depth) => {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return primitive(value);
    if (state.above.includes(value)) {
        if (!state.circular.has(value)) state.circular.set(value, state.circular.size + 1);
        return `[Circular *${state.circular.get(value)}]`;
    }
    const custom = value[Symbol.for('nodejs.util.inspect.custom')];
    if (typeof custom === 'function' && depth <= state.most) {
        const text = custom.call(value, state.most - depth, {}, internal.inspect);
        return typeof text === 'string' ? text : format(state, text, depth);
    }
    state.above.push(value);
    if (depth <= state.most) state.depth = depth;
    const text = shape(state, value, depth);
    state.above.pop();
    return state.circular.has(value) ? `<ref *${state.circular.get(value)}> ${text}` : text;
};

internal.inspect = (value, { depth = 2 } = {}) =>
    format({ most: depth ?? Infinity, depth: 0, indent: 0, above: [], circular: new Map() }, value, 0);

internal.uncaught = (thrown) => {
    let text;
    try {
        text = internal.inspect(thrown);
    } catch {
        text = 'exception, which cannot be shown';
    }
    internal.write(2, `Uncaught ${text}\n`.toWellFormed());
};
