import { match, P } from 'ts-pattern';

type Data = { type: 'text'; content: string } | { type: 'img'; src: string };
type Result = { type: 'ok'; data: Data } | { type: 'error'; error: Error };

const html = (result: Result): string => match(result)
  .with({ type: 'error' }, () => '<p>Oups! An error occurred</p>')
  .with({ type: 'ok', data: { type: 'text' } }, (res) => `<p>${res.data.content}</p>`)
  .with({ type: 'ok', data: { type: 'img', src: P.select() } }, (src) => `<img src=${src} />`)
  .exhaustive();
console.log(html({ type: 'ok', data: { type: 'img', src: 'a.png' } }));
console.log(html({ type: 'error', error: new Error('x') }));
