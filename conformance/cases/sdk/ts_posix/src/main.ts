// Runs a native program that the operator allowed. tools.js is that of guest-sdk/js.
import { run } from 'workbooks:engine/posix';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

export const tool: Guest['tool'] = tools({
  say: {
    call(words: string[]) {
      const { status, stdout } = run({ name: 'echo', argv: words, stdin: new Uint8Array(), env: [], extra: [] });
      return { status, said: new TextDecoder().decode(stdout) };
    },
  },
});
