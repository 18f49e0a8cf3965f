// Where an import leads, and CommonJS. The rules are those of Node for ES modules, but that a
// relative path may leave out its extension; `browser` is a condition, `node` is none.

const dirname = (path) => path.slice(0, Math.max(path.lastIndexOf('/'), 0));

const join = (base, path) => {
    const parts = path.startsWith('/') ? [] : base.split('/').filter(Boolean);
    for (const part of path.split('/')) {
        if (part === '..') {
            if (parts.length === 0) return undefined;
            parts.pop();
        } else if (part !== '.' && part !== '') parts.push(part);
    }
    return parts.join('/');
};

const json = (path) => {
    try {
        return JSON.parse(internal.text(path));
    } catch (error) {
        throw new SyntaxError(`${path}: ${error.message}`);
    }
};

const packages = new Map();
// The manifest of the package in `folder`, if there is one.
const manifest = (folder) => {
    let found = packages.get(folder);
    if (found === undefined) {
        const path = folder ? `${folder}/package.json` : 'package.json';
        found = internal.has(path) ? json(path) : null;
        packages.set(folder, found);
    }
    return found;
};

// The innermost folder above `path` that has a manifest.
const scope = (path) => {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
        if (manifest(folder)) return folder;
        if (folder === '' || folder.endsWith('node_modules')) return undefined;
    }
};

const asFile = (path) => {
    if (path === undefined) return undefined;
    // TypeScript, compiled under its own name, is imported by that of JavaScript too.
    const typed = path.replace(/\.(m?)js$/, '.$1ts');
    if (!internal.has(path) && internal.has(typed)) return typed;
    const ends = ['', '.js', '.mjs', '.cjs', '.json', '.ts', '.mts', '/index.ts', '/index.js', '/index.mjs', '/index.cjs', '/index.json'];
    const end = ends.find((end) => internal.has(path + end));
    return end === undefined ? undefined : path + end;
};

const target = (value, star, conditions) => {
    if (typeof value === 'string') return value.replaceAll('*', star);
    if (Array.isArray(value)) {
        for (const one of value) {
            const found = target(one, star, conditions);
            if (found !== undefined) return found;
        }
    } else if (value) {
        for (const [key, one] of Object.entries(value)) {
            if (key !== 'default' && !conditions.includes(key)) continue;
            const found = target(one, star, conditions);
            if (found !== undefined) return found;
        }
    }
    return undefined;
};

// What a table of `exports` or `imports` says of `key`.
const mapped = (table, key, conditions) => {
    if (Object.hasOwn(table, key)) return target(table[key], '', conditions);
    const fits = (pattern) => {
        const [before, after] = pattern.split('*');
        return after !== undefined && key.startsWith(before) && key.endsWith(after) && key.length >= pattern.length;
    };
    const pattern = Object.keys(table).filter(fits).sort((a, b) => b.indexOf('*') - a.indexOf('*'))[0];
    if (pattern === undefined) return undefined;
    const [before, after] = pattern.split('*');
    return target(table[pattern], key.slice(before.length, key.length - after.length), conditions);
};

const inPackage = (folder, rest, conditions) => {
    const about = manifest(folder);
    let exports = about?.exports;
    if (exports !== undefined && exports !== null) {
        const table = typeof exports === 'object' && Object.keys(exports)[0]?.startsWith('.');
        if (!table) exports = { '.': exports };
        const found = mapped(exports, rest ? `./${rest}` : '.', conditions);
        const path = found === undefined ? undefined : join(folder, found);
        return internal.has(path ?? '') ? path : undefined;
    }
    if (rest) return asFile(join(folder, rest));
    const main = typeof about?.main === 'string' ? asFile(join(folder, about.main)) : undefined;
    return main ?? asFile(`${folder}/index`);
};

const bare = (base, name, conditions) => {
    const [, id, rest] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(name) ?? [];
    if (id === undefined) return undefined;
    const own = scope(base);
    if (own !== undefined && manifest(own).name === id && manifest(own).exports) {
        return inPackage(own, rest, conditions);
    }
    for (let folder = dirname(base); ; folder = dirname(folder)) {
        const found = inPackage(join(folder, `node_modules/${id}`), rest, conditions);
        if (found !== undefined) return found;
        if (folder === '') return undefined;
    }
};

const find = (base, name, conditions) => {
    if (/^\.{0,2}\//.test(name) || name === '.' || name === '..') return asFile(join(dirname(base), name));
    if (name.startsWith('#')) {
        const folder = scope(base);
        const found = mapped(manifest(folder ?? '')?.imports ?? {}, name, conditions);
        if (found === undefined) return undefined;
        return found.startsWith('.') ? join(folder, found) : find(base, found, conditions);
    }
    return bare(base, name, conditions);
};

const missing = (base, name) => {
    const help = name.startsWith('node:') ? ': this is not Node, and has none of its modules'
        : /^(workbooks:engine|wasi:)/.test(name) ? ': does `#+CAPS` name its capability?' : '';
    return new ReferenceError(`there is no module '${name}', which ${base} imports${help}`);
};

internal.resolve = (base, name) => {
    if (name.startsWith('file:///')) return decodeURI(name.slice(8));
    if (/^[a-z][a-z0-9+.-]+:/i.test(name)) {
        if (name !== 'workbooks:process' && !internal.known(name)) throw missing(base, name);
        return name;
    }
    const path = find(base, name, ['import', 'module-sync', 'browser']);
    if (path === undefined) throw missing(base, name);
    return path;
};

internal.url = (path) => `file:///${encodeURI(path)}`;

internal.isCommon = (path) => {
    if (!path.endsWith('.js')) return path.endsWith('.cjs');
    const folder = scope(path);
    if (folder === undefined) return path.includes('node_modules/');
    const { type } = manifest(folder);
    if (type !== undefined) return type !== 'module';
    // A package that does not say: its syntax does.
    return !/^\s*(?:import\b(?!\s*\()|export\b)/m.test(internal.text(path)) && /\brequire\s*\(|\bexports\b/.test(internal.text(path));
};

const required = new Map();

const wrapped = (path) => {
    const text = internal.text(path).replace(/^#!/, '//');
    return `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
};

const load = (path) => {
    let module = required.get(path);
    if (module) return module.exports;
    module = { exports: {}, id: path, filename: path, loaded: false };
    required.set(path, module);
    try {
        if (path.endsWith('.json')) module.exports = json(path);
        else {
            const require = (name) => requireFrom(path, String(name));
            require.resolve = (name) => resolveFrom(path, String(name));
            const run = internal.compile(wrapped(path), path);
            Reflect.apply(run, module.exports, [module.exports, require, module, `/${path}`, `/${dirname(path)}`]);
        }
        module.loaded = true;
    } catch (error) {
        required.delete(path);
        throw error;
    }
    return module.exports;
};

const resolveFrom = (base, name) => {
    const path = find(base, name, ['require', 'browser']);
    if (path === undefined) throw missing(base, name);
    return path;
};

const requireFrom = (base, name) => {
    const path = resolveFrom(base, name);
    if (!path.endsWith('.json') && !internal.isCommon(path)) {
        throw new Error(`${path} is an ES module: ${base} must import it`);
    }
    return load(path);
};

internal.importCommon = (path) => {
    const exports = load(path);
    const names = exports !== null && ['object', 'function'].includes(typeof exports) ? Object.keys(exports) : [];
    const all = Object.fromEntries(names.map((name) => [name, exports[name]]));
    return { ...all, default: exports };
};

// ---- what is wrong with a program, for whoever builds it ----

const reports = [];

const place = (stack) => {
    for (const [, file, line, column] of (stack ?? '').matchAll(/(?:\(|at )([^()\n]+?):(\d+):(\d+)\)?$/gm)) {
        if (internal.has(file)) return { file, line: Number(line), column: Number(column) };
    }
    return {};
};

// What is checked is checked in a realm of its own, with errors of its own.
const said = (thrown) => (typeof thrown?.stack === 'string' ? `${thrown.name}: ${thrown.message}` : internal.inspect(thrown));

internal.report = (thrown, file) => {
    if (thrown?.[refusal]) return;
    const at = place(thrown?.stack);
    reports.push({ message: said(thrown), ...(at.file || !file ? at : { file, line: 0, column: 0 }) });
};

internal.reported = () => (reports.length > 0 ? JSON.stringify(reports) : '');

const refusal = Symbol('refusal');

internal.sealed = (call) => {
    const error = new Error(`${call} cannot be called while the program is prepared: call it in a function that is called later`);
    error[refusal] = true;
    reports.push({ message: error.message, ...place(error.stack) });
    return error;
};

internal.checkCommon = (path) => internal.compile(wrapped(path), path, true);

// Where `name` stands in the text of `base` as something imported.
const position = (base, name) => {
    const text = internal.text(base);
    for (const quote of ['\'', '"']) {
        const quoted = quote + name + quote;
        for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + 1)) {
            const before = text.slice(0, at);
            if (!/(?:\bfrom|\bimport|\bimport\s*\()\s*$/.test(before.slice(-40))) continue;
            const line = before.lastIndexOf('\n') + 1;
            return { line: before.split('\n').length, column: internal.encode(before.slice(line)).length + 1 };
        }
    }
    return { line: 0, column: 0 };
};

internal.check = (base, name) => {
    try {
        const path = internal.resolve(base, name);
        if (path.endsWith('.json')) json(path);
    } catch (error) {
        reports.push({ message: error.message, file: base, ...position(base, name) });
    }
    return '';
};
