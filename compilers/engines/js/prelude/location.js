// The class of URLs.

class URL {
    #url;
    #params;

    constructor(given, base) {
        const above = base === undefined ? undefined : parse(String(base));
        if (above === null) throw invalid(String(base));
        this.#url = parse(String(given), above);
        if (this.#url === null) throw invalid(String(given));
        const changed = (text) => {
            this.#url.search = text === '' ? null : text;
        };
        this.#params = new URLSearchParams(this.#url.search ?? '', { [owner]: changed });
    }

    static canParse(given, base) { return URL.parse(given, base) !== null; }

    static parse(given, base) {
        try {
            return new URL(given, base);
        } catch {
            return null;
        }
    }

    get href() {
        const url = this.#url;
        const user = url.user || url.password ? `${url.user}${url.password ? `:${url.password}` : ''}@` : '';
        const authority = url.host === null ? (url.opaque === null && url.path.length > 1 && url.path[0] === '' ? '/.' : '') : `//${user}${this.host}`;
        return url.protocol + authority + this.pathname + (url.search === null ? '' : `?${url.search}`) + (url.hash === null ? '' : `#${url.hash}`);
    }

    set href(text) {
        const url = parse(String(text));
        if (url === null) throw invalid(String(text));
        this.#url = url;
        this.#params[owner](url.search ?? '');
    }

    get origin() { return special(this.protocol) && this.protocol !== 'file:' ? `${this.protocol}//${this.host}` : 'null'; }

    get protocol() { return this.#url.protocol; }

    set protocol(text) {
        const protocol = `${/^[a-z][a-z0-9+.-]*/i.exec(String(text))?.[0].toLowerCase() ?? ''}:`;
        if (protocol === ':' || special(protocol) !== special(this.protocol)) return;
        this.#url.protocol = protocol;
        if (this.#url.port === PORTS[protocol]) this.#url.port = '';
    }

    get username() { return this.#url.user; }

    set username(text) { if (this.#url.host) this.#url.user = encode(String(text), USER); }

    get password() { return this.#url.password; }

    set password(text) { if (this.#url.host) this.#url.password = encode(String(text), USER); }

    get host() { return (this.#url.host ?? '') + (this.#url.port === '' ? '' : `:${this.#url.port}`); }

    set host(text) {
        const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(String(text)) ?? [];
        this.hostname = host;
        if (port !== undefined) this.port = port;
    }

    get hostname() { return this.#url.host ?? ''; }

    set hostname(text) {
        const host = this.#url.opaque === null ? hostOf(String(text), this.protocol) : null;
        if (host !== null) this.#url.host = host;
    }

    get port() { return this.#url.port; }

    set port(text) {
        const port = /^\d*/.exec(String(text))[0];
        if (this.#url.host && Number(port) <= 65535) this.#url.port = port === '' || String(Number(port)) === PORTS[this.protocol] ? '' : String(Number(port));
    }

    get pathname() { return this.#url.opaque ?? (this.#url.path.length > 0 ? `/${this.#url.path.join('/')}` : ''); }

    set pathname(text) {
        if (this.#url.opaque === null) this.#url.path = pathOf(encode(String(text), '?#').replace(/^[/\\]/, ''), this.protocol, []);
    }

    get search() { return this.#url.search ? `?${this.#url.search}` : ''; }

    set search(text) {
        const given = String(text).replace(/^\?/, '');
        this.#url.search = given === '' ? null : encode(given, '"#<>\'');
        this.#params[owner](this.#url.search ?? '');
    }

    get searchParams() { return this.#params; }

    get hash() { return this.#url.hash ? `#${this.#url.hash}` : ''; }

    set hash(text) {
        const given = String(text).replace(/^#/, '');
        this.#url.hash = given === '' ? null : encode(given, '"<>`');
    }

    toString() { return this.href; }

    toJSON() { return this.href; }

    [Symbol.for('nodejs.util.inspect.custom')]() { return { __proto__: { constructor: URL }, href: this.href, origin: this.origin, pathname: this.pathname, search: this.search, hash: this.hash }; }
}

define({ URL, URLSearchParams });
