// Typed tools: the host asks what there is (describe) and calls one by name (call), with JSON in
// and JSON out. The modules of the capabilities that the manifest names are typed, too.
import type { Guest } from 'workbooks:guest';

export const tool: Guest['tool'] = {
  describe: () => [
    { name: 'echo', description: 'Says again what it was told.', parameters: '{}' },
  ],
  call(name, args) {
    if (name !== 'echo') {
      throw Object.assign(new Error(`there is no ${name}`), { payload: { tag: 'not-found' } });
    }
    return JSON.stringify({ said: JSON.parse(args) });
  },
};
