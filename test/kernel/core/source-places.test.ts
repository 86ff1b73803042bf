import { expect, test } from 'vitest';
import { buildImage } from '../../../dumps/index.ts';
import { runTranscript } from '../../../dumps/transcript.ts';
import { DebugFile } from '../../../src/debuginfo/debug-file.ts';
import { openDump } from '../../../src/dump/open.ts';
import { openSource } from '../../../src/dump/source.ts';
import { openTarget } from '../../../src/kernel/open/open.ts';
import { kernelFile, linkOf } from '../../debuginfo/kernel-file.ts';
import { file } from '../../dump/builders.ts';

const image = file(buildImage('mutex-deadlock'));
const plain = openTarget(openDump([image]));
const schedule = linkOf(plain, 'schedule');

/** The dump with a vmlinux whose schedule() has two lines. */
function withVmlinux(change: (bytes: Uint8Array) => void = () => {}) {
  const bytes = kernelFile(plain, {
    rows: [
      { address: schedule, line: 6600 },
      { address: schedule + 5n, line: 6612 },
      { address: schedule + 0x1000n, end: true },
    ],
  });
  change(bytes);
  return openTarget(openDump([image]), {
    debugInfo: [openSource(file(bytes))],
    openDebugFile: (source) => new DebugFile(source),
  });
}

async function answers(target: typeof plain, ...lines: string[]): Promise<string[]> {
  return (await runTranscript(target, lines)).map((exchange) => exchange.lines.join('\n'));
}

test('sym and dis know the source line of code, and of data they say none', async () => {
  const target = withVmlinux();
  const [sym, data, dis, place, without] = await answers(
    target,
    'sym schedule',
    'sym init_task',
    'dis -l schedule 2',
    'dis -s schedule',
    'dis schedule 1',
  );
  expect(sym).toMatch(/ \(T\) schedule \/build\/kernel\/sched\/core\.c: 6600$/);
  expect(data).not.toContain('core.c');
  expect(dis).toMatch(/^\/build\/kernel\/sched\/core\.c: 6600\n0x/);
  expect(place).toBe(
    'FILE: kernel/sched/core.c\nLINE: 6600\n\ndis: schedule: source code is not available',
  );
  expect(without).not.toContain('core.c');
});

test('bt -l has the line of each frame that is known, and bt alone has none', async () => {
  const target = withVmlinux();
  const [lines, bare] = await answers(target, 'foreach bt -l', 'foreach bt');
  expect(lines).toMatch(/ schedule at [0-9a-f]+\n {4}\/build\/kernel\/sched\/core\.c: 6612\n/);
  expect(bare).not.toContain('core.c');
});

test('a damaged line table costs the lines, and is said', async () => {
  const target = withVmlinux((bytes) => {
    const at = Buffer.from(bytes).lastIndexOf('core.c');
    // The version of the table, before its names.
    const table = Buffer.from(bytes).lastIndexOf('/build', at) - 24;
    bytes.fill(0xee, table, table + 12);
  });
  const [sym] = await answers(target, 'sym schedule');
  expect(sym).toMatch(/ \(T\) schedule\n/);
  expect(sym).toMatch(/source line.*\.debug_line/s);
});

test('a vmlinux without debugging data is used for its symbols, and the warning says what it lacks', () => {
  const target = withVmlinux((bytes) => {
    const text = Buffer.from(bytes.buffer);
    text.write('.xebug_info', text.lastIndexOf('.debug_info'), 'latin1');
  });
  expect(target.warnings.join()).toMatch(/symbols only, no debugging data/);
  expect(target.debug.isEmpty).toBe(true);
});

test('TSCRASH_WITHOUT hides BTF, and then only debugging data have types', () => {
  const target = openTarget(openDump([image]), { without: new Set(['btf']) });
  expect(() => target.types).toThrow(/no table "types"/);
  expect(plain.types.has('task_struct')).toBe(true);
});

test("gdb's words about source and symbols answer from the vmlinux, and not without one", async () => {
  const at = plain.symbol('schedule');
  const hex = (address: bigint) => `0x${address.toString(16)}`;
  const code = `<schedule> and ends at ${hex(at + 5n)} <schedule+5>.`;
  const words = [
    'gdb info line schedule',
    `gdb info line *${hex(at + 2n)}`,
    `gdb info symbol ${hex(at + 3n)}`,
    'gdb info address schedule',
    'gdb list schedule',
    'gdb list',
    'gdb info line nosuch',
  ];
  expect(await answers(withVmlinux(), ...words)).toEqual([
    `Line 6600 of "kernel/sched/core.c" starts at address ${hex(at)} ${code}`,
    `Line 6600 of "kernel/sched/core.c" starts at address ${hex(at)} ${code}`,
    'schedule + 3 in section .text',
    `Symbol "schedule" is a function at address ${hex(at)}.`,
    '6595\tkernel/sched/core.c: No such file or directory.',
    '6595\tin kernel/sched/core.c',
    'gdb: gdb request failed: info line nosuch',
  ]);
  expect(await answers(plain, 'gdb info line schedule')).toEqual([
    'gdb: gdb request failed: info line schedule',
  ]);
});
