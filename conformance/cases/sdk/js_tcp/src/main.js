// Asks once, and talks over a connection's streams. tools.js is that of guest-sdk/js.
import { Connection, request } from 'workbooks:engine/tcp';
import { tools } from './tools.js';

function place(text) {
  const [host, port] = text.split(':');
  return [host, Number(port)];
}

export const tool = tools({
  ask: {
    call([where, text]) {
      const [host, port] = place(where);
      return new TextDecoder().decode(request(host, port, new TextEncoder().encode(text), 5000));
    },
  },
  talk: {
    call([where, ...words]) {
      const [host, port] = place(where);
      const connection = Connection.connect(host, port, 5000);
      const [input, output] = [connection.input(), connection.output()];
      for (const word of words) output.blockingWriteAndFlush(new TextEncoder().encode(word));
      connection.shutdown();
      let heard = '';
      try {
        for (;;) heard += new TextDecoder().decode(input.blockingRead(4096n));
      } catch (error) {
        if (error.payload?.tag !== 'closed') throw error;
      }
      return heard;
    },
  },
});
