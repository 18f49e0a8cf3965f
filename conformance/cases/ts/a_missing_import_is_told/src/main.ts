import a from './nope';
console.log(a);
