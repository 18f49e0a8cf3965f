// Asks once, and talks over a connection's streams. tools.js is that of guest-sdk/js.
import { Connection, request } from 'workbooks:engine/tcp';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

function place(text: string): [string, number] {
  const [host, port] = text.split(':');
  return [host, Number(port)];
}

export const tool: Guest['tool'] = tools({
  ask: {
    call([where, text]: [string, string]) {
      const [host, port] = place(where);
      return new TextDecoder().decode(request(host, port, new TextEncoder().encode(text), 5000));
    },
  },
  talk: {
    call([where, ...words]: string[]) {
      const [host, port] = place(where);
      const connection = Connection.connect(host, port, 5000);
      const [input, output] = [connection.input(), connection.output()];
      for (const word of words) output.blockingWriteAndFlush(new TextEncoder().encode(word));
      connection.shutdown();
      let heard = '';
      try {
        for (;;) heard += new TextDecoder().decode(input.blockingRead(4096n));
      } catch (error: any) {
        if (error.payload?.tag !== 'closed') throw error;
      }
      return heard;
    },
  },
});
