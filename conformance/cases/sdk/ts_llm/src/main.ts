// Asks the model of the policy. tools.js is that of guest-sdk/js.
import { complete, type Part, type Request } from 'workbooks:engine/llm';
import type { Guest } from 'workbooks:guest';
import { tools } from './tools.js';

function said(part: Part): string {
  switch (part.tag) {
    case 'text': return part.val;
    case 'data': return `${part.val[1].length} bytes of ${part.val[0]}`;
    case 'tool-call': return `calls ${part.val.name} with ${part.val.arguments}`;
  }
}

export const tool: Guest['tool'] = tools({
  complete: {
    call(text: string) {
      const request: Request = {
        messages: [{ role: 'user', content: [{ tag: 'text', val: text }] }],
        tools: [{ name: 'clock', description: 'Tells the time.', parameters: '{}' }],
        extra: [],
      };
      const { message, stop, inputTokens, outputTokens } = complete(request);
      return { said: message.content.map(said), stop, tokens: [Number(inputTokens), Number(outputTokens)] };
    },
  },
});
