// How the prelude's other files put something into the global object.

const define = (values) => {
    for (const [name, value] of Object.entries(values)) {
        Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    }
};
