import { get, set } from 'workbooks:engine/kv';

const spec = (name, description) => ({ name, description, parameters: '{}' });

export const tool = {
    describe: () => [spec('get', 'What was put.'), spec('put', 'Puts it.')],
    async call(name, given) {
        await undefined;
        if (name === 'put') set('it', new TextEncoder().encode(given));
        else if (name === 'get') return new TextDecoder().decode(get('it'));
        else throw Object.assign(new Error(name), { payload: { tag: 'not-found' } });
        return 'done';
    },
};
