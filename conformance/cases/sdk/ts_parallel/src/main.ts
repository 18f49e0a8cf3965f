// One command over several inputs. tools.js is that of guest-sdk/js.
import { runMany } from 'workbooks:engine/parallel';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

export const tool: Guest['tool'] = tools({
  map: {
    call(names: string[]) {
      const stdin = (text: string) => new TextEncoder().encode(text);
      const requests = names.map((name, at) => ({ name, argv: [], stdin: stdin(`input ${at}`), env: [], extra: [] }));
      const results = runMany(requests, { width: 2, extra: [] });
      return results.map((one) => (one.tag === 'ok' ? new TextDecoder().decode(one.val.stdout) : one.val.tag));
    },
  },
});
