const n: string = 1;
console.log(n);
