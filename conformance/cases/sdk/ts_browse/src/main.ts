// Reads a page as text. tools.js is that of guest-sdk/js.
import { fetch } from 'workbooks:engine/browse';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

export const tool: Guest['tool'] = tools({
  read: {
    call(url: string) {
      const { title, body, links } = fetch(url, 'text');
      return { title, body, links };
    },
  },
});
