interface Unused {
  a: number;
}

enum Three {
  A,
  B,
  C,
}

const text = `two
lines ${Three.B}`;

function fails(
  what: string,
): never {
  throw new RangeError(what);
}
console.log(text);
fails('here');
