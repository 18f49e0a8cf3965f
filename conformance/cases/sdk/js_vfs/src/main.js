// Files by offset, and SQL over them. tools.js is that of guest-sdk/js.
import { entries, query, read, stat, write } from 'workbooks:engine/vfs';
import { refuse, tools } from './tools.js';

const NOTES = 'notes.txt';

function size(path) {
  try {
    return stat('workspace', path).size;
  } catch (error) {
    if (error.payload?.tag === 'not-found') return 0n;
    throw error;
  }
}

export const tool = tools({
  note: {
    call(line) {
      write('workspace', NOTES, size(NOTES), new TextEncoder().encode(`${line}\n`));
      return 'noted';
    },
  },
  read: {
    call(path) {
      if (typeof path !== 'string') refuse('invalid', 'a path is a text');
      return new TextDecoder().decode(read('workspace', path, 0n, 65536));
    },
  },
  sizes: {
    call() {
      const [listed, next] = entries('workspace', '', undefined, 100);
      const { rows } = query('select path, size from files where size > ?', [{ tag: 'integer', val: 1n }]);
      const plain = ({ val }) => (typeof val === 'bigint' ? Number(val) : val);
      return { listed: listed.map(({ path, kind }) => [path, kind]), more: next !== undefined, rows: rows.map((row) => row.map(plain)) };
    },
  },
});
