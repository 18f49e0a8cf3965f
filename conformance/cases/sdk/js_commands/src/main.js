// Runs registered commands. tools.js is that of guest-sdk/js.
import { run } from 'workbooks:engine/commands';
import { tools } from './tools.js';

export const tool = tools({
  run: {
    call(name) {
      const stdin = new TextEncoder().encode('its input');
      const { status, stdout } = run({ name, argv: [], stdin, env: [], extra: [] });
      return { status, said: new TextDecoder().decode(stdout) };
    },
  },
});
