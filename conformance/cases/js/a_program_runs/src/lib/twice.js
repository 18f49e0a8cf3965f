import { count } from './words.js';

export const twice = (number) => number * count([1, 2]);
