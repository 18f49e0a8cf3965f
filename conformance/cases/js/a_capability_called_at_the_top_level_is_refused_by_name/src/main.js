import { get } from 'workbooks:engine/kv';

const early = get('a');
export const tool = { describe: () => [], call: () => String(early) };
