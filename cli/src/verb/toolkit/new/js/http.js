// Answers HTTP requests, each with an instance of its own.
import { handler } from './http.js';

export const incomingHandler = handler((request) => {
  const { pathname } = new URL(request.url);
  return new Response(`Hello from ${pathname}\n`);
});
