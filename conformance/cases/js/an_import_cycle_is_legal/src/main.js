import { even } from './even.js';
console.log(even(10), even(7));
