import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import type { Schema } from '../../src/build/record-schemas.ts';
import { fileOf, recorded, type Sections, sessionOn } from '../golden/sessions.ts';
import { faults, type RootSchema } from './validate.ts';

/** Every line that the golden answers are to, run with --json: what comes is as docs/json.schema.json says. */
const root = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../docs/json.schema.json', import.meta.url)), 'utf8'),
) as RootSchema;
const records = (root.$defs as { readonly records: Readonly<Record<string, Schema>> }).records;
const golden = fileURLToPath(new URL('../golden/', import.meta.url));

/** The lines of one command's answers, and those of a dump's groups. */
const suites: (readonly [string, string, Sections])[] = commands.flatMap(({ name }) => {
  const path = fileOf(name);
  return existsSync(path) ? [[name, name, recorded(readFileSync(path, 'utf8'))] as const] : [];
});
for (const dump of ['null-pointer', 'general-protection', 'five-levels']) {
  const lines = readdirSync(`${golden}${dump}`)
    .filter((file) => file.endsWith('.txt'))
    .flatMap((file) => readFileSync(`${golden}${dump}/${file}`, 'latin1').split('\n'))
    .filter((line) => line.startsWith('crash> '))
    .map((line) => line.slice('crash> '.length));
  suites.push([`the session on ${dump}`, '', new Map([[dump, lines]])]);
}
/** What recorded lines leave out. */
suites.push([
  'further lines',
  '',
  new Map([
    [
      'null-pointer',
      [
        ...['foreach active bt files task -R pid', 'foreach user ps -p', 'foreach net -s', 'h'],
        ...[
          'rd -a linux_banner',
          'rd -SS init_task 9',
          'bt -E',
          'bt -v',
          'bt -f',
          'bt -t',
          'bt -r',
        ],
        ...['search -t schedule', 'search -s init_task -l 4000 -x 2 init_task', 'log -T', 'log -s'],
        ...['kmem -S task_struct', 'kmem -V', 'kmem -nz', 'kmem -F', 'kmem -g 4', 'kmem 1000 2000'],
        ...[
          'vm -p',
          'vm -m',
          'vm -f 875',
          'files -c 1',
          'net -S 1',
          'ps -t',
          'ps -m',
          'ps -l -C 0',
        ],
        ...['dis schedule 3', 'dis zork', 'sym -np schedule', 'sym -m faulty', 'sys -t', 'sys -i'],
        ...['sys -c 5', 'irq -a', 'irq -s', 'irq -b', 'irq -d', 'runq -t', 'runq -T', 'runq -g'],
        ...[
          'struct task_struct',
          'struct task_struct.pid,comm init_task',
          'p init_task',
          'mach -cm',
        ],
        ...[
          'struct -r list_head init_task',
          'p runqueues',
          'p runqueues:0',
          'whatis -r 64',
          'sig -l',
        ],
        ...['sig -s 4103', 'sig -g 1', 'help bt', 'alias nosuch', 'timer -r', 'mod -t', 'vtop 0 1'],
      ],
    ],
  ]),
]);

/** No bundled dump has a program or map of eBPF. */
const UNSEEN = new Set([
  'bpf',
  // They answer only while a session is shared, which test/share does.
  'share',
  'who',
]);
const seen = new Map<string, Set<unknown>>();

describe('every line of --json', () => {
  test.each(suites)('%s', { timeout: 300_000 }, async (_, command, sections) => {
    for (const [dump, lines] of sections) {
      const { run } = await sessionOn(dump, command, { json: true });
      for (const line of lines) {
        // It ends when nobody reads any more, which here never happens.
        if (line.startsWith('repeat')) continue;
        // What a program makes of the lines is its own affair.
        const { lines: said } = await run(line.split(' | ')[0] ?? '');
        const wrong = said.filter((row) => row !== '').flatMap((row) => faultsOf(row));
        expect(wrong.slice(0, 5), `${dump}: ${line}`).toEqual([]);
      }
    }
  });

  test('every command with records has been seen', () => {
    expect(Object.keys(records).filter((name) => !seen.has(name) && !UNSEEN.has(name))).toEqual([]);
  });
});

function faultsOf(row: string): string[] {
  const value = JSON.parse(row) as { readonly command: string; readonly kind?: unknown };
  const record = records[value.command];
  const isMessage = ['error', 'warning', 'note', 'message', 'line'].some(
    (name) => name in value && !(record && 'kind' in value),
  );
  if (record && !isMessage) {
    const kinds = seen.get(value.command) ?? new Set();
    seen.set(value.command, kinds.add(value.kind));
    return faults(value, record, root);
  }
  return faults(value, root, root);
}

describe('a schema', () => {
  const schema = records.ptob ?? {};
  test.each([
    ['a record as it is', { command: 'ptob', pfn: 1, address: '0x1000' }, []],
    [
      'a quantity too large for a double',
      { command: 'ptob', pfn: '18446744073709551615', address: '0x1' },
      [],
    ],
    [
      'an address that is a number',
      { command: 'ptob', pfn: 1, address: 4096 },
      ['$.address: 4096 is no string'],
    ],
    [
      'a member too many',
      { command: 'ptob', pfn: 1, address: '0x1', first: true },
      ['$: first is not declared'],
    ],
    ['a member too few', { command: 'ptob', pfn: 1 }, ['$: address is missing']],
    [
      'another command',
      { command: 'btop', pfn: 1, address: '0x1' },
      ['$.command: "btop" is not "ptob"'],
    ],
  ])('knows %s', (_, record, expected) => {
    expect(faults(record, schema, root)).toEqual(expected);
  });
});
