// Counts under a key. tools.js and kv.js are those of guest-sdk/js.
import type { Guest } from 'workbooks:guest';
import * as kv from './kv.js';
import { tools } from './tools.js';

export const tool: Guest['tool'] = tools({
  count: {
    description: 'Counts under a key.',
    parameters: { type: 'string' },
    call(key: string) {
      const count: number = (kv.get(key) ?? 0) + 1;
      kv.set(key, count);
      return count;
    },
  },
  all: { call: () => [...kv.keys()] },
});
