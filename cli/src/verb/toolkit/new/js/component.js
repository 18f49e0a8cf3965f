// Typed tools: the host asks what there is, and calls one by name, with JSON in and JSON out.
//
// A capability that the manifest asks for is imported so:
// import { get, set } from 'workbooks:engine/kv';

const tools = {
    echo: { description: 'Says again what it was told.', run: (said) => ({ said }) },
};

export const tool = {
    describe: () => Object.entries(tools).map(([name, { description }]) => ({ name, description, parameters: '{}' })),
    async call(name, given) {
        if (!Object.hasOwn(tools, name)) throw Object.assign(new Error(name), { payload: { tag: 'not-found' } });
        return JSON.stringify(await tools[name].run(JSON.parse(given)));
    },
};
