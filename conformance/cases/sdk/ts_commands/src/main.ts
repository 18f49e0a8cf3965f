// Runs registered commands. tools.js is that of guest-sdk/js.
import { run } from 'workbooks:engine/commands';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

export const tool: Guest['tool'] = tools({
  run: {
    call(name: string) {
      const stdin = new TextEncoder().encode('its input');
      const { status, stdout } = run({ name, argv: [], stdin, env: [], extra: [] });
      return { status, said: new TextDecoder().decode(stdout) };
    },
  },
});
