// Typed tools: the host asks what there is and calls one by name, with JSON in and JSON out. A
// capability that the manifest names is imported so: import { get } from 'workbooks:engine/kv'.
import { tools } from './tools.js';

export const tool = tools({
  echo: {
    description: 'Says again what it was told.',
    call: (told) => ({ said: told }),
  },
});
