// Writes to a child and reads what it says. tools.js is that of guest-sdk/js.
import { Process } from 'workbooks:engine/exec';
import { tools } from './tools.js';

export const tool = tools({
  spawn: {
    call([name, ...words]) {
      const child = Process.spawn({ name, argv: [], stdin: new Uint8Array(), env: [], extra: [] });
      const [input, output] = [child.stdin(), child.stdout()];
      for (const word of words) input.blockingWriteAndFlush(new TextEncoder().encode(word));
      input[Symbol.dispose]();
      let said = '';
      try {
        for (;;) said += new TextDecoder().decode(output.blockingRead(4096n));
      } catch (error) {
        if (error.payload?.tag !== 'closed') throw error;
      }
      child.subscribe().block();
      return { said, status: child.status() };
    },
  },
  kill: {
    call(name) {
      const child = Process.spawn({ name, argv: [], stdin: new Uint8Array(), env: [], extra: [] });
      child.kill();
      child.subscribe().block();
      return child.status();
    },
  },
});
