// Answers HTTP requests, each with an instance of its own.
import type { Guest } from 'workbooks:guest';
import { handler } from './http.js';

export const incomingHandler: Guest['incomingHandler'] = handler((request) => {
  const { pathname } = new URL(request.url);
  return new Response(`Hello from ${pathname}\n`);
});
