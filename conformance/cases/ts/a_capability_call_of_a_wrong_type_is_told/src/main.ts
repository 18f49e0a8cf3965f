import type { Guest } from 'workbooks:guest';
import { get, set } from 'workbooks:engine/kv';

export const tool: Guest['tool'] = {
  describe: () => [],
  call(name, _args) { set(name.length, new Uint8Array());
    const n = Number(new TextDecoder().decode(get(name) ?? new Uint8Array())) + 1;
    set(name, new TextEncoder().encode(String(n)));
    return JSON.stringify({ [name]: n });
  },
};
