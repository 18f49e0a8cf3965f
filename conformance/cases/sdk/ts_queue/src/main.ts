// Publishes messages, receives them, and acknowledges them. tools.js is that of guest-sdk/js.
import { acknowledge, depth, publish, receive, type Message } from 'workbooks:engine/queue';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

const QUEUE = 'jobs';

function done({ receipt, attempts, body }: Message): [string, number] {
  acknowledge(QUEUE, receipt);
  return [new TextDecoder().decode(body), attempts];
}

export const tool: Guest['tool'] = tools({
  send: {
    call(body: string) {
      publish(QUEUE, new TextEncoder().encode(body));
      return Number(depth(QUEUE));
    },
  },
  work: { call: () => receive(QUEUE, 60_000, 10).map(done) },
});
