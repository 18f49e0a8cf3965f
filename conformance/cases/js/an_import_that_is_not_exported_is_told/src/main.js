import { nothing } from './other.js';
console.log(nothing);
