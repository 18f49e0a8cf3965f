for (let i = 0; ; i++) globalThis.last = i;
export const tool = { describe: () => [], call: () => '' };
