import { args, setExitStatus, stdin } from 'workbooks:process';
import words, { count } from './lib/words.js';
import settings from './settings.json' with { type: 'json' };

await new Promise((resolve) => setTimeout(resolve, 1));
console.log(`${count(args)} arguments, the last is %s`, args.at(-1));
console.log('read', [...stdin.lines()], words, settings, import.meta.url);
console.error('an error');
setExitStatus(3);
