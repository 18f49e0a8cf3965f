// The console: stdout, and stderr for what is wrong.

const number = (value, as) => (typeof value === 'symbol' ? 'NaN' : typeof value === 'bigint' ? `${value}n` : typeof value === 'object' ? 'NaN' : internal.inspect(as(value)));

const FORMS = {
    s: (value) => (typeof value === 'string' ? value : typeof value === 'object' && value !== null || typeof value === 'function' ? internal.inspect(value, { depth: 0 }) : typeof value === 'symbol' ? String(value) : internal.inspect(value)),
    d: (value) => number(value, Number),
    i: (value) => number(value, Number.parseInt),
    f: (value) => (typeof value === 'symbol' ? 'NaN' : internal.inspect(Number.parseFloat(value))),
    j: (value) => {
        try {
            return JSON.stringify(value);
        } catch (error) {
            if (error instanceof TypeError) return '[Circular]';
            throw error;
        }
    },
    o: (value) => internal.inspect(value, { depth: 4 }),
    O: (value) => internal.inspect(value),
    c: () => '',
};

const text = (args) => {
    let [first, ...rest] = args;
    if (typeof first === 'string' && rest.length > 0) {
        first = first.replace(/%([sdifjoOc%])/g, (whole, form) => {
            if (form === '%') return '%';
            return rest.length > 0 ? FORMS[form](rest.shift()) : whole;
        });
    }
    if (args.length === 0) return '';
    return [first, ...rest].map((one) => (typeof one === 'string' ? one : internal.inspect(one))).join(' ');
};

let indent = '';
const say = (fd, args) => {
    const line = text(args);
    internal.write(fd, `${indent}${indent ? line.replaceAll('\n', `\n${indent}`) : line}\n`.toWellFormed());
};

const counts = new Map();
const times = new Map();
const took = (label) => {
    const ms = internal.now() - times.get(label);
    return `${label}: ${ms < 1000 ? `${Number(ms.toFixed(3))}ms` : `${(ms / 1000).toFixed(3)}s`}`;
};

const table = (rows) => {
    const index = '(index)';
    const names = [];
    const cells = Object.entries(rows).map(([name, row]) => {
        const fields = row !== null && typeof row === 'object' ? row : { Values: row };
        Object.keys(fields).forEach((one) => names.includes(one) || names.push(one));
        return { [index]: name, ...Object.fromEntries(Object.entries(fields).map(([one, value]) => [one, internal.inspect(value, { depth: 0 })])) };
    });
    const heads = [index, ...names];
    const widths = heads.map((head) => Math.max(head.length, ...cells.map((row) => (row[head] ?? '').length)) + 2);
    const line = (left, between, right) => left + widths.map((one) => '─'.repeat(one)).join(between) + right;
    const row = (of) => `│${heads.map((head, at) => ` ${(of(head) ?? '').padEnd(widths[at] - 1)}`).join('│')}│`;
    return [line('┌', '┬', '┐'), row((head) => head), line('├', '┼', '┤'), ...cells.map((one) => row((head) => one[head])), line('└', '┴', '┘')].join('\n');
};

const group = (...args) => {
    if (args.length > 0) say(1, args);
    indent += '  ';
};

define({
    console: {
        log: (...args) => say(1, args),
        info: (...args) => say(1, args),
        debug: (...args) => say(1, args),
        error: (...args) => say(2, args),
        warn: (...args) => say(2, args),
        trace: (...args) => {
            const { stack } = new Error();
            say(2, [`Trace${args.length > 0 ? `: ${text(args)}` : ''}\n${stack.split('\n').slice(1).join('\n').trimEnd()}`]);
        },
        assert: (fine, ...args) => {
            if (!fine) say(2, args.length > 0 ? [`Assertion failed: ${text(args)}`] : ['Assertion failed']);
        },
        dir: (value, options) => say(1, [internal.inspect(value, options)]),
        table: (rows) => say(1, rows !== null && typeof rows === 'object' ? [table(rows)] : [rows]),
        group,
        groupCollapsed: group,
        groupEnd: () => {
            indent = indent.slice(2);
        },
        count: (label = 'default') => {
            counts.set(label, (counts.get(label) ?? 0) + 1);
            say(1, [`${label}: ${counts.get(label)}`]);
        },
        countReset: (label = 'default') => counts.delete(label),
        time: (label = 'default') => times.set(label, internal.now()),
        timeLog: (label = 'default', ...args) => times.has(label) && say(1, [took(label), ...args]),
        timeEnd: (label = 'default') => {
            if (times.has(label)) say(1, [took(label)]);
            times.delete(label);
        },
    },
});
