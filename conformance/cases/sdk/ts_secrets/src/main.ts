// Signs with a key that it never sees. tools.js is that of guest-sdk/js.
import { exists, sign } from 'workbooks:engine/secrets';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const tool: Guest['tool'] = tools({
  sign: {
    call([name, message]: [string, string]) {
      const signature = sign(name, new TextEncoder().encode(message));
      return { exists: exists(name), signature: hex(signature) };
    },
  },
});
