/**
 * What `export const tool` of a component is, from functions by their names: JSON in, JSON out.
 *
 *   export const tool = tools({
 *     greet: { description: 'Greets.', call: ({ name }) => `Hello, ${name}!` },
 *   });
 *
 * @typedef {object} Tool
 * @property {string} [description] what it does, for who chooses among tools
 * @property {object} [parameters] the JSON Schema of its arguments
 * @property {(args: any) => unknown} call now, or a promise of it
 *
 * @param {Record<string, Tool>} all
 */
export function tools(all) {
  return {
    describe() {
      return Object.entries(all).map(([name, tool]) => ({
        name,
        description: tool.description ?? '',
        parameters: JSON.stringify(tool.parameters ?? {}),
      }));
    },
    /** @param {string} name @param {string} args */
    async call(name, args) {
      if (!Object.hasOwn(all, name)) refuse('not-found');
      let given;
      try {
        given = args === '' ? undefined : JSON.parse(args);
      } catch (why) {
        refuse('invalid', `the arguments are no JSON: ${why}`);
      }
      return JSON.stringify(await all[name].call(given)) ?? 'null';
    },
  };
}

/**
 * Answers with an error of the contract: `refuse('not-found')`, `refuse('invalid', 'no number')`.
 *
 * @param {string} tag
 * @param {unknown} [val]
 * @returns {never}
 */
export function refuse(tag, val) {
  throw Object.assign(new Error(tag), { payload: val === undefined ? { tag } : { tag, val } });
}
