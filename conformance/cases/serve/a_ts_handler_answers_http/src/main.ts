// Answers HTTP requests, each with an instance of its own. http.js is that of guest-sdk/js.
import type { Guest } from 'workbooks:guest';
import { handler } from './http.js';

let asked = 0;

async function answer(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (pathname === '/throws') throw new Error('a mistake');
  asked += 1;
  const said = { asked, method: request.method, pathname, search, body: await request.text() };
  return Response.json(said, { status: 201 });
}

export const incomingHandler: Guest['incomingHandler'] = handler(answer);
