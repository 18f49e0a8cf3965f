// Asks the model of the policy. tools.js is that of guest-sdk/js.
import { complete } from 'workbooks:engine/llm';
import { tools } from './tools.js';

function said({ tag, val }) {
  switch (tag) {
    case 'text': return val;
    case 'data': return `${val[1].length} bytes of ${val[0]}`;
    case 'tool-call': return `calls ${val.name} with ${val.arguments}`;
  }
}

export const tool = tools({
  complete: {
    call(text) {
      const messages = [{ role: 'user', content: [{ tag: 'text', val: text }] }];
      const clock = { name: 'clock', description: 'Tells the time.', parameters: '{}' };
      const { message, stop, inputTokens, outputTokens } = complete({ messages, tools: [clock], extra: [] });
      return { said: message.content.map(said), stop, tokens: [Number(inputTokens), Number(outputTokens)] };
    },
  },
});
