const depth = (n) => 1 + depth(n + 1);
export const deepest = depth(0);
export const tool = { describe: () => [], call: () => '' };
