import { b } from './b';
export const a = (): number => 1;
console.log(b());
