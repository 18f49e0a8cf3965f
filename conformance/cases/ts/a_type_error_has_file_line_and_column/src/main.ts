const n = 1;
const s: string = n;
console.log(s);
