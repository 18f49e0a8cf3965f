export const calc = {
  area(shape) {
    switch (shape.tag) {
      case 'dot': return 0;
      case 'box': return shape.val.width * shape.val.height;
      default: throw Object.assign(new Error(), { payload: 'a circle is beyond it' });
    }
  },
  count: (all) => all.filter(([, marks]) => !marks.hidden).length,
};

export const greet = async (name) => `hello, ${name}`;

export const words = {
  longest: (of) => of.toSorted((a, b) => b.length - a.length)[0],
};
