import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import { needs } from '../run/needs.ts';
import { run } from './one-page.ts';

const folder = fileURLToPath(
  new URL('../../../shared/other-machines/i386-pae-null/', import.meta.url),
);

async function answer(line: string) {
  const dump = openDump([`${folder}vmcore`]);
  const { lines, outcome } = await run(dump, line);
  dump.close();
  return { lines, outcome, text: lines.join('\n') };
}

const needsI386 = needs(existsSync(folder), 'no dump of an i386 beside the checkout');
describe('an i386 without BTF and without names of variables', needsI386, () => {
  test('log has every line that the serial console had', async () => {
    const { lines, outcome } = await answer('log');
    const console = readFileSync(`${folder}log.txt`, 'utf8').replaceAll('\r', '').split('\n');
    // The further lines of a message have its time on a console, and blanks in place of it here.
    const text = (line: string): string => line.replace(/^\[ *\d+\.\d{6}\]/, '').trim();
    const known = new Set(lines.map(text));
    const stamped = console.filter((line) => /^\[ *\d+\.\d{6}\] /.test(line));
    expect(stamped.length).toBeGreaterThan(1500);
    expect(stamped.filter((line) => !known.has(text(line)))).toEqual([]);
    expect(outcome).toBe('ok');
  });

  test('bt is the chain of the report, through the exception to the thread’s beginning', async () => {
    const { lines, outcome, text } = await answer('bt');
    expect(lines[0]).toBe('PID: 166      TASK: (unknown)  CPU: 1    COMMAND: "faulty/null"');
    const frames = lines.flatMap((line) => /^ *#\d+ \[[0-9a-f]+\] (\S+) at /.exec(line)?.[1] ?? []);
    expect(frames).toEqual([
      '__const_udelay',
      'panic',
      'oops_end.cold',
      'page_fault_oops',
      'do_user_addr_fault',
      'exc_page_fault',
      'handle_exception',
      '(unknown)',
      'kthread',
      'ret_from_fork',
    ]);
    // The registers of the report, and why the task itself is not known.
    expect(text).toContain(
      'EAX: 00000008  EBX: c2511340  ECX: c791f450  EDX: c792012a  EBP: c25ddf8c',
    );
    expect(text).toMatch(/no symbol "init_task".*CONFIG_KALLSYMS_ALL.*vmlinux/);
    expect(outcome).toBe('failed');
  });

  test('mod names the 18 modules of the last report, and says that their list is not found', async () => {
    const { lines, outcome, text } = await answer('mod');
    expect(lines.slice(1, -1).map((line) => line.split(' ')[0])).toHaveLength(18);
    expect(lines).toContain('faulty  (OE)');
    expect(text).toMatch(/no symbol "modules".*CONFIG_KALLSYMS_ALL.*vmlinux/);
    expect(outcome).toBe('failed');
  });

  test('sys counts both CPUs, by the notes', async () => {
    expect((await answer('sys')).text).toMatch(/^ +CPUS: 2$/m);
  });

  test('ptov has columns of 32 bits, and refuses what the machine cannot have', async () => {
    expect((await answer('ptov 1000')).lines).toEqual(['VIRTUAL   PHYSICAL', 'c0001000  1000    ']);
    for (const address of ['12345678000', '40000000']) {
      const { text, outcome } = await answer(`ptov ${address}`);
      expect(text).toMatch(/^ptov: .*32-bit machine has no address for it$/);
      expect(outcome).toBe('failed');
    }
  });

  test('a per-CPU offset is not taken for an address', async () => {
    expect((await answer('ptov 40:a')).text).toMatch(/^ptov: .*__per_cpu_offset/m);
  });

  test.each(['ps', 'bt', 'kmem -i', 'irq', 'files'])('%s says what is missing', async (line) => {
    const { text, outcome } = await answer(line);
    expect(text).toMatch(/CONFIG_KALLSYMS_ALL|CONFIG_DEBUG_INFO_BTF/);
    expect(text).toMatch(/vmlinux/);
    expect(outcome).toBe('failed');
  });
});
