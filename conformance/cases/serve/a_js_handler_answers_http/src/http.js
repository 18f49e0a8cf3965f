/**
 * What `export const incomingHandler` of a component is (`#+WIT: handler-http`, `#+CAPS: serve`),
 * from a function of a `Request` that answers with a `Response`, now or later:
 *
 *   export const incomingHandler = handler((request) => new Response(`You asked ${request.url}`));
 *
 * Each request has an instance of its own. Bodies are whole.
 */
import { Fields, OutgoingBody, OutgoingResponse, ResponseOutparam } from 'wasi:http/types';

/** Bytes that one write takes. */
const PIECE = 4096;

/** @param {(request: Request) => Response | Promise<Response>} answer */
export function handler(answer) {
  return {
    /**
     * @param {import('wasi:http/types').IncomingRequest} incoming
     * @param {ResponseOutparam} out
     */
    async handle(incoming, out) {
      await send(await answer(received(incoming)), out);
    },
  };
}

/** @param {import('wasi:http/types').IncomingRequest} incoming */
function received(incoming) {
  const method = incoming.method();
  const url = `http://${incoming.authority() ?? 'localhost'}${incoming.pathWithQuery() ?? '/'}`;
  const fields = incoming.headers();
  /** @type {[string, string][]} */
  const headers = fields.entries().map(([name, value]) => [name, new TextDecoder('latin1').decode(value)]);
  fields[Symbol.dispose]();
  const named = method.tag === 'other' ? method.val : method.tag;
  return new Request(url, { method: named, headers, body: whole(incoming) });
}

/** @param {import('wasi:http/types').IncomingRequest} incoming */
function whole(incoming) {
  const body = incoming.consume();
  const stream = body.stream();
  /** @type {Uint8Array[]} */
  const pieces = [];
  try {
    for (;;) pieces.push(stream.blockingRead(65536n));
  } catch (/** @type {any} */ error) {
    if (error.payload?.tag !== 'closed') throw error;
  }
  stream[Symbol.dispose]();
  body[Symbol.dispose]();
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** @param {Response} response @param {ResponseOutparam} out */
async function send(response, out) {
  const bytes = await response.bytes();
  const headers = [...response.headers].map(([name, value]) => [name, latin1(value)]);
  const outgoing = new OutgoingResponse(Fields.fromList(/** @type {any} */ (headers)));
  outgoing.setStatusCode(response.status);
  const body = outgoing.body();
  ResponseOutparam.set(out, { tag: 'ok', val: outgoing });
  const stream = body.write();
  for (let at = 0; at < bytes.length; at += PIECE) {
    stream.blockingWriteAndFlush(bytes.subarray(at, at + PIECE));
  }
  stream[Symbol.dispose]();
  OutgoingBody.finish(body, undefined);
}

/** @param {string} text */
const latin1 = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
