import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { open } from '../../../src/library.ts';
import { healthyDump } from '../../library/healthy.ts';
import { scratch } from '../../run/scratch.ts';

const dump = open(healthyDump());
const js = (code: string): Promise<string> => dump.text(`js ${code}`);

describe('js', () => {
  test('loops over typed tasks and prints', async () => {
    const text = await js('for (const t of tasks()) if (t.pid === 1) print(t.pid, t.comm)');
    expect(text).toBe('1 systemd\n');
  });

  test('prints the value of its last expression, addresses in hexadecimal', async () => {
    expect(await js("symbol('schedule')")).toMatch(/^0xffffffff[0-9a-f]{8}\n$/);
    expect(await js('task(1).pid + 1')).toBe('2\n');
    expect(await js('undefined')).toBe('');
  });

  test('the line is code to its end: no pipes, no redirection, no quotes taken away', async () => {
    expect(await js('[1, 2, 3].filter((n) => n > 1 || n === 1).join("|")')).toBe('1|2|3\n');
  });

  test('what a line declares the next one has', async () => {
    expect(await js("const init = object('task_struct', task(1).address)")).toBe('');
    expect(await js("init.string('comm')")).toBe('systemd\n');
  });

  test('another command gives it records', async () => {
    expect(await js("run('sym schedule')[0].symbol.name")).toBe('schedule\n');
  });

  test('a structure is shown by type and address', async () => {
    expect(await js("object('task_struct', 0xffff888000000000n)")).toBe(
      '(struct task_struct *)0xffff888000000000\n',
    );
  });

  test('text of the dump cannot reach the terminal raw', async () => {
    expect(await js("print('\\x1b[31m')")).not.toContain('\x1b');
  });

  test('an error of the script is an error of the command, after what was printed', async () => {
    expect(await js('print(1); nosuch()')).toBe('1\njs: ReferenceError: nosuch is not defined\n');
    expect(await js('for')).toMatch(/^js: SyntaxError: /);
    expect(await js('u64(8n)')).toMatch(/^js: .*kernel virtual address: 8/);
  });
});

describe('extend', () => {
  const folder = scratch('extend');
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const command = (name: string): string => `({ taskTable, defineCommand }) => defineCommand({
    name: '${name}',
    summary: 'count tasks',
    *run(_, { target }) { yield { tasks: taskTable(target).tasks.length }; },
    print({ tasks }, out) { out.line(tasks + ' tasks'); },
  })`;

  test('adds the command of a .js file, and takes it away again', async () => {
    const path = file('one.mjs', `export default ${command('one')};`);
    expect(await dump.text(`extend ${path}`)).toBe(`${path}: extension loaded\n`);
    expect(await dump.text('one')).toMatch(/^\d+ tasks\n$/);
    expect(await dump.text('extend')).toContain(`${path}  one\n`);
    expect(await dump.text('help one')).toContain('one - count tasks');
    expect(await dump.text(`extend -u ${path}`)).toBe(`${path}: extension unloaded\n`);
    expect(await dump.text('one')).toBe('crash: command not found: one\n');
  });

  test('adds the command of a .ts file where TypeScript can be read', async () => {
    const source = `const count: number = 2;\nexport default ${command('two')};\nexport { count };`;
    const path = file('two.ts', source);
    expect(await dump.text(`extend ${path}`)).toBe(`${path}: extension loaded\n`);
    expect(await dump.text('two')).toMatch(/^\d+ tasks\n$/);
  });

  test.each([
    ['no command', 'export default 5;', 'its default export is no command: see help extend'],
    ['no run', "export default { name: 'x', print() {} };", 'x has no run()'],
    ['no print', "export default { name: 'x', *run() {} };", 'x has no print()'],
    ['no name', 'export default { *run() {}, print() {} };', 'a command has no name'],
    ['an error', "throw new Error('broken');", 'Error: broken'],
  ])('says what is wrong with a file: %s', async (what, source, expected) => {
    const path = file(`${what.replace(' ', '-')}.mjs`, source);
    expect(await dump.text(`extend ${path}`)).toBe(`extend: ${path}: ${expected}\n`);
  });

  test('does not replace a command that is there', async () => {
    const path = file('ps.mjs', `export default ${command('ps')};`);
    expect(await dump.text(`extend ${path}`)).toBe(
      `extend: ${path}: there is a command ps already\n`,
    );
  });

  test('refuses what is no script, in crash’s words where it is nowhere', async () => {
    expect(await dump.text('extend nosuch.so')).toBe(
      'extend: nosuch.so: No such device or address\n',
    );
    const path = file('echo.so', '');
    expect(await dump.text(`extend ${path}`)).toContain('shared objects are for crash alone');
  });
});
