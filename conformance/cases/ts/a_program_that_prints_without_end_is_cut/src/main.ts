const line: string = '0123456789abcde';
for (;;) console.log(line);
