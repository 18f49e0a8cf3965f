// Reads a page as text. tools.js is that of guest-sdk/js.
import { fetch } from 'workbooks:engine/browse';
import { tools } from './tools.js';

export const tool = tools({
  read: {
    call(url) {
      const { title, body, links } = fetch(url, 'text');
      return { title, body, links };
    },
  },
});
