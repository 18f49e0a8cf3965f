// Has a program in C compiled, and runs it with nothing. tools.js is that of guest-sdk/js.
import { Artifact } from 'workbooks:engine/build';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

export const tool: Guest['tool'] = tools({
  run: {
    call(source: string) {
      const content = new TextEncoder().encode(source);
      const artifact = Artifact.compile('c', [{ path: 'main.c', content }], []);
      const request = { name: 'program', argv: [], stdin: new Uint8Array(), env: [], extra: [] };
      const { status, stdout } = artifact.run([], request);
      return { status, said: new TextDecoder().decode(stdout) };
    },
  },
});
