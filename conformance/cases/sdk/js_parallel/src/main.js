// One command over several inputs. tools.js is that of guest-sdk/js.
import { runMany } from 'workbooks:engine/parallel';
import { tools } from './tools.js';

export const tool = tools({
  map: {
    call(names) {
      const stdin = (text) => new TextEncoder().encode(text);
      const requests = names.map((name, at) => ({ name, argv: [], stdin: stdin(`input ${at}`), env: [], extra: [] }));
      const results = runMany(requests, { width: 2, extra: [] });
      return results.map((one) => (one.tag === 'ok' ? new TextDecoder().decode(one.val.stdout) : one.val.tag));
    },
  },
});
