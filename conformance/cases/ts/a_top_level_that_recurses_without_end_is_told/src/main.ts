import type { Guest } from 'workbooks:guest';

const depth = (n: number): number => 1 + depth(n + 1);
const deepest = depth(0);
export const tool: Guest['tool'] = { describe: () => [], call: () => String(deepest) };
