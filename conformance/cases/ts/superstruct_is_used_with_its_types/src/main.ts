import { assert, is, object, number, string, array, optional, validate, type Infer } from 'superstruct';

const Article = object({ id: number(), title: string(), tags: array(string()), author: optional(object({ id: number() })) });
type Article = Infer<typeof Article>;

const data: Article = { id: 34, title: 'Hello World', tags: ['news', 'features'], author: { id: 1 } };
assert(data, Article);
console.log(is(data, Article), is({ id: '1' }, Article));
const [error] = validate({ ...data, title: 5 }, Article);
console.log(error?.message);
