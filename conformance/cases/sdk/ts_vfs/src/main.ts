// Files by offset, and SQL over them. tools.js is that of guest-sdk/js.
import { entries, query, read, stat, write, type Value } from 'workbooks:engine/vfs';
import type { Error as Refusal } from 'workbooks:engine/types';
import type { ComponentError, Guest } from 'workbooks:guest';
import { refuse, tools } from './tools.js';

const NOTES = 'notes.txt';

function size(path: string): bigint {
  try {
    return stat('workspace', path).size;
  } catch (error) {
    if ((error as ComponentError<Refusal>).payload?.tag === 'not-found') return 0n;
    throw error;
  }
}

function plain(value: Value) {
  switch (value.tag) {
    case 'null': return null;
    case 'integer': return Number(value.val);
    case 'blob': return value.val.length;
    default: return value.val;
  }
}

export const tool: Guest['tool'] = tools({
  note: {
    call(line: string) {
      write('workspace', NOTES, size(NOTES), new TextEncoder().encode(`${line}\n`));
      return 'noted';
    },
  },
  read: {
    call(path: unknown) {
      if (typeof path !== 'string') return refuse('invalid', 'a path is a text');
      return new TextDecoder().decode(read('workspace', path, 0n, 65536));
    },
  },
  sizes: {
    call() {
      const [listed, next] = entries('workspace', '', undefined, 100);
      const { rows } = query('select path, size from files where size > ?', [{ tag: 'integer', val: 1n }]);
      return { listed: listed.map(({ path, kind }) => [path, kind]), more: next !== undefined, rows: rows.map((row) => row.map(plain)) };
    },
  },
});
