// `fetch` over the capability `net`. A body is whole: there are no streams.

class Headers {
    #all = new Map();

    constructor(given = []) {
        const pairs = typeof given[Symbol.iterator] === 'function' ? given : Object.entries(given);
        for (const [name, value] of pairs) this.append(name, value);
    }

    append(name, value) {
        const key = String(name).toLowerCase();
        const old = this.#all.get(key);
        this.#all.set(key, old === undefined ? String(value).trim() : `${old}, ${String(value).trim()}`);
    }

    delete(name) { this.#all.delete(String(name).toLowerCase()); }

    get(name) { return this.#all.get(String(name).toLowerCase()) ?? null; }

    has(name) { return this.#all.has(String(name).toLowerCase()); }

    set(name, value) { this.#all.set(String(name).toLowerCase(), String(value).trim()); }

    forEach(act, self) { for (const [name, value] of this) act.call(self, value, name, this); }

    keys() { return [...this].map(([name]) => name)[Symbol.iterator](); }

    values() { return [...this].map(([, value]) => value)[Symbol.iterator](); }

    entries() { return this[Symbol.iterator](); }

    * [Symbol.iterator]() { yield* [...this.#all].toSorted(([a], [b]) => (a < b ? -1 : 1)); }
}

const bodyOf = (body, headers) => {
    if (body === undefined || body === null) return new Uint8Array(0);
    const typed = (type) => headers.has('content-type') || headers.set('content-type', type);
    if (body instanceof URLSearchParams) typed('application/x-www-form-urlencoded;charset=UTF-8');
    else if (typeof body !== 'object') typed('text/plain;charset=UTF-8');
    else return view(body).slice();
    return new TextEncoder().encode(String(body));
};

class Body {
    #bytes;
    #used = false;

    constructor(body, headers) {
        this.headers = new Headers(headers);
        this.#bytes = body instanceof Body ? body.#handOn() : bodyOf(body, this.headers);
    }

    #handOn() {
        if (this.#used) throw new TypeError('the body was read before');
        this.#used = this.#bytes.length > 0;
        return this.#bytes;
    }

    get bodyUsed() { return this.#used; }

    async bytes() {
        if (this.#used) throw new TypeError('the body was read before');
        this.#used = true;
        return this.#bytes;
    }

    async arrayBuffer() { return (await this.bytes()).buffer; }

    async text() { return new TextDecoder().decode(await this.bytes()); }

    async json() { return JSON.parse(await this.text()); }
}

class Request extends Body {
    constructor(given, { method, headers, body, credential, timeoutMs } = {}) {
        const from = given instanceof Request ? given : undefined;
        super(body ?? from, headers ?? from?.headers);
        this.url = from?.url ?? new URL(given).href;
        this.method = String(method ?? from?.method ?? 'GET').toUpperCase();
        this.credential = credential ?? from?.credential;
        this.timeoutMs = timeoutMs ?? from?.timeoutMs;
    }
}

class Response extends Body {
    constructor(body, { status = 200, statusText = '', headers, url = '' } = {}) {
        super(body, headers);
        Object.assign(this, { status, statusText, url });
    }

    static json(value, init = {}) {
        const headers = new Headers(init.headers);
        if (!headers.has('content-type')) headers.set('content-type', 'application/json');
        return new Response(JSON.stringify(value), { ...init, headers });
    }

    get ok() { return this.status >= 200 && this.status < 300; }
}

const received = (stream) => {
    const parts = [];
    try {
        for (;;) parts.push(stream.blockingRead(65536n));
    } catch (error) {
        if (error.payload?.tag !== 'closed') throw error;
    }
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    return all;
};

const fetch = async (given, init) => {
    if (!internal.known('workbooks:engine/net')) throw new TypeError('fetch needs the capability net: `#+CAPS: net`');
    const net = await import('workbooks:engine/net');
    const request = new Request(given, init);
    const decoder = new TextDecoder('latin1');
    let response;
    try {
        response = net.fetch({
            method: request.method,
            url: request.url,
            headers: [...request.headers].map(([name, value]) => ({ name, value: new TextEncoder().encode(value) })),
            body: await request.bytes(),
            credential: request.credential,
            timeoutMs: request.timeoutMs,
            extra: [],
        });
        const headers = response.headers().map(({ name, value }) => [name, decoder.decode(value)]);
        return new Response(received(response.body()), { status: response.status(), headers, url: request.url });
    } catch (cause) {
        throw new TypeError('fetch failed', { cause });
    }
};

define({ Headers, Request, Response, fetch });
