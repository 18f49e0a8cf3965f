// The first line that a web server answers over TLS. tools.js is that of guest-sdk/js.
import { request } from 'workbooks:engine/tls';
import { tools } from './tools.js';

export const tool = tools({
  ask: {
    call([place, path]) {
      const at = place.lastIndexOf(':');
      const [host, port] = [place.slice(0, at), Number(place.slice(at + 1))];
      const asked = `GET ${path} HTTP/1.0\r\nHost: ${host}\r\n\r\n`;
      const heard = request(host, port, new TextEncoder().encode(asked), 5000);
      return new TextDecoder().decode(heard).split('\r\n')[0];
    },
  },
});
