// Sends a datagram and hears the answer. tools.js is that of guest-sdk/js.
import { request } from 'workbooks:engine/udp';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

export const tool: Guest['tool'] = tools({
  tell: {
    call([place, text]: [string, string]) {
      const [host, port] = place.split(':');
      const heard = request(host, Number(port), new TextEncoder().encode(text), 5000);
      return heard ? new TextDecoder().decode(heard) : null;
    },
  },
});
