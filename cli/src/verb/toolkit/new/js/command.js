// Arguments and standard input in, standard output and an exit status out.
import { args, exit } from 'workbooks:process';

if (args.length === 0) {
    console.error('usage: {id} NAME...');
    exit(2);
}
for (const name of args) console.log(`Hello, ${name}!`);
