type G<T> = T extends string ? G<`${T}a`> : never;
export const x: G<'a'> = 1;
