import { get } from 'workbooks:engine/kv';
console.log(get('a'));
