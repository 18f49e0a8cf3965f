// Asks by `fetch`, and tells what it heard or why not. tools.js is that of guest-sdk/js.
import { tools } from './tools.js';

export const tool = tools({
  ask: {
    async call({ url, body, credential }) {
      try {
        const headers = { 'X-Guest': 'js' };
        const response = await fetch(url, { method: body ? 'POST' : 'GET', headers, body, credential });
        const { ok, status } = response;
        const heard = ['x-method', 'X-Heard', 'content-type'].map((name) => response.headers.get(name));
        return { ok, status, heard, text: await response.text() };
      } catch (error) {
        return { failed: String(error), why: error.cause?.payload?.tag };
      }
    },
  },
});
