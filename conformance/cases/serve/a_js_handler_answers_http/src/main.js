// Answers HTTP requests, each with an instance of its own. http.js is that of guest-sdk/js.
import { handler } from './http.js';

let asked = 0;

export const incomingHandler = handler(async (request) => {
  const { pathname, search } = new URL(request.url);
  if (pathname === '/throws') throw new Error('a mistake');
  asked += 1;
  const said = { asked, method: request.method, pathname, search, body: await request.text() };
  return Response.json(said, { status: 201 });
});
