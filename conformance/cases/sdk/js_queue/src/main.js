// Publishes messages, receives them, and acknowledges them. tools.js is that of guest-sdk/js.
import { acknowledge, depth, publish, receive } from 'workbooks:engine/queue';
import { tools } from './tools.js';

export const tool = tools({
  send: {
    call(body) {
      publish('jobs', new TextEncoder().encode(body));
      return Number(depth('jobs'));
    },
  },
  work: {
    call: () => receive('jobs', 60_000, 10).map(({ receipt, attempts, body }) => {
      acknowledge('jobs', receipt);
      return [new TextDecoder().decode(body), attempts];
    }),
  },
});
