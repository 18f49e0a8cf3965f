import type { Guest } from 'workbooks:guest';

let last = 0;
for (;;) if (++last < 0) break;
export const tool: Guest['tool'] = { describe: () => [], call: () => String(last) };
