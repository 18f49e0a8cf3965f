// Asks by `fetch`, and tells what it heard or why not. tools.js is that of guest-sdk/js.
import type { Guest } from 'workbooks:guest';
import type { Error as Refusal } from 'workbooks:engine/types';
import { tools } from './tools.js';

interface Asked {
  url: string;
  body?: string;
  credential?: string;
}

async function ask({ url, body, credential }: Asked) {
  const init: RequestInit = { method: body ? 'POST' : 'GET', headers: { 'X-Guest': 'ts' } };
  if (body) init.body = body;
  if (credential) init.credential = credential;
  const response: Response = await fetch(new Request(url, init));
  const { ok, status, headers } = response;
  const heard = ['x-method', 'X-Heard', 'content-type'].map((name) => headers.get(name));
  return { ok, status, heard, text: await response.text() };
}

function told(error: unknown) {
  const cause = error instanceof Error ? (error.cause as { payload?: Refusal } | undefined) : undefined;
  return { failed: String(error), why: cause?.payload?.tag };
}

export const tool: Guest['tool'] = tools({
  ask: { call: (asked: Asked) => ask(asked).catch(told) },
});
