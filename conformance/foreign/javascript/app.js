// A component for componentize-js: called by type, and asked by HTTP.
let calls = 0;

export const greeter = {
  greet(who) {
    if (who === '') throw 'nobody';
    calls += 1;
    return { text: `hello, ${who}`, calls };
  },
};

addEventListener('fetch', (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname, search } = new URL(request.url);
  const body = await request.text();
  const said = JSON.stringify({ method: request.method, pathname, search, body });
  return new Response(said, { status: 201, headers: { 'content-type': 'application/json' } });
}
