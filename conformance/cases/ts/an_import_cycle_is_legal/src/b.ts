import { a } from './main';
export const b = (): number => a() + 1;
