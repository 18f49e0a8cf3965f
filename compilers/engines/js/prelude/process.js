// The module `workbooks:process`: what a command is called with.

const chunk = 1 << 16;

const bytes = () => {
    const parts = [];
    for (let part; (part = internal.read(chunk)).length > 0;) parts.push(part);
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        all.set(part, at);
        at += part.length;
    }
    return all;
};

const stdin = {
    read: (most = chunk) => internal.read(most),
    bytes,
    text: () => new TextDecoder().decode(bytes()),
    * lines() {
        const decoder = new TextDecoder();
        let rest = '';
        for (let part; (part = internal.read(chunk)).length > 0;) {
            const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
            rest = lines.pop();
            yield* lines;
        }
        rest += decoder.decode();
        if (rest) yield rest;
    },
};

const out = (fd) => ({
    write: (what) => internal.write(fd, typeof what === 'string' ? what.toWellFormed() : view(what)),
});

let status = 0;
internal.status = () => status;

// Read when the module is imported, which a snapshot may be: it has neither.
const list = (environment) => (internal.preparing() ? [] : internal.strings(environment));

internal.process = {
    get args() {
        return list(false).slice(1);
    },
    get env() {
        return Object.fromEntries(list(true).map((pair) => {
            const at = pair.indexOf('=');
            return [pair.slice(0, at), pair.slice(at + 1)];
        }));
    },
    exit: (code = status) => internal.exit(code),
    // What it exits with when nothing is left to do.
    setExitStatus: (code) => {
        status = Number(code) | 0;
    },
    stdin,
    stdout: out(1),
    stderr: out(2),
};
