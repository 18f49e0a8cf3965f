// Sends a datagram and hears the answer. tools.js is that of guest-sdk/js.
import { request } from 'workbooks:engine/udp';
import { tools } from './tools.js';

export const tool = tools({
  tell: {
    call([place, text]) {
      const [host, port] = place.split(':');
      const heard = request(host, Number(port), new TextEncoder().encode(text), 5000);
      return heard ? new TextDecoder().decode(heard) : null;
    },
  },
});
