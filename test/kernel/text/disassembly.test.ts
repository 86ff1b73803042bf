import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { memoryView } from '../../../src/kernel/mm/read-memory.ts';
import {
  CodeReadError,
  disassemble,
  disassembleFunction,
} from '../../../src/kernel/text/disassembly.ts';
import { textSymbols } from '../../../src/kernel/text/disassembly-names.ts';
import { codeLineText } from '../../../src/output/task/code-lines.ts';
import { effort } from '../../run/effort.ts';
import { expectedPath, needsDumps, sharedTarget } from '../shared-dumps.ts';

const noTask = () => {
  throw new Error('no user memory is read here');
};
const optionsOf = (target: Target) => ({ memory: memoryView(target, 'kernel', noTask) });
const style = { radix: 10, plain: false } as const;

function functionLines(target: Target, name: string): string[] {
  const start = target.symbol(name);
  return [...disassembleFunction(target, start, optionsOf(target))].map((line) =>
    codeLineText(line, style).trimEnd(),
  );
}

/** What crash printed for a command. */
function recorded(dump: string, command: string): string[] {
  const text = readFileSync(expectedPath(dump, 'dis'), 'latin1');
  const [, rest = ''] = text.split(`crash> ${command}\n`);
  return (rest.split('\ncrash> ')[0] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
}

describe('functions of real dumps', needsDumps, () => {
  test.each(['kd61-null', 'x61-la57-nx', 'x612-gpf'])(
    'schedule of %s ends where crash ends it, and every line is the same',
    (dump) => {
      expect(functionLines(sharedTarget(dump), 'schedule')).toEqual(recorded(dump, 'dis schedule'));
    },
  );

  test('a function keeps the traps behind its last return, and loses the padding', () => {
    const lines = functionLines(sharedTarget('kd61-null'), 'kexec_purgatory_get_symbol_addr');
    expect(lines.slice(-5).map((line) => line.split('\t')[1]?.trim())).toEqual([
      'ret',
      'int3',
      'int3',
      'int3',
      'int3',
    ]);
  });

  test('a routine goes on over the labels that it runs into', () => {
    const lines = functionLines(sharedTarget('kd61-null'), 'entry_SYSCALL_64');
    expect(lines.some((line) => line.includes('<entry_SYSCALL_64_after_hwframe>'))).toBe(true);
    expect(lines.at(-1)).toContain('sysretq');
  });

  test('where two symbols share an address the first names its line, the last the jumps to it', () => {
    const target = sharedTarget('kd61-null');
    const start = target.symbol('startup_64');
    const [first, second] = [...disassemble(target, start, optionsOf(target), start + 8n)];
    expect([first?.at?.name, second?.at?.name, second?.target?.name]).toEqual([
      '_stext',
      'startup_64',
      'startup_64',
    ]);
  });

  test('a name that several functions have is not chosen from', () => {
    expect(textSymbols(sharedTarget('kd61-null'), 't_next').length).toBeGreaterThan(1);
    expect(textSymbols(sharedTarget('kd61-null'), 'schedule')).toHaveLength(1);
  });

  test('memory that is not there ends it, with an error for the line and for the address', () => {
    const target = sharedTarget('kd61-null');
    const missing = va(0xffffffffffffffd8n);
    const run = () => [...disassemble(target, missing, optionsOf(target))];
    expect(run).toThrow(CodeReadError);
    try {
      run();
    } catch (error) {
      expect((error as CodeReadError).messages).toEqual([
        'seek error: kernel virtual address: ffffffffffffffc0  type: "gdb_readmem_callback"',
        'seek error: kernel virtual address: ffffffffffffffd8  type: "gdb_readmem_callback"',
      ]);
    }
  });

  test('a thousand functions cost a millisecond or two each', () => {
    const target = sharedTarget('kd61-null');
    const options = optionsOf(target);
    let functions = 0;
    const cost = effort(() => {
      let symbol = target.symbols.named('schedule');
      for (functions = 0; symbol && functions < 1000; functions++) {
        for (const _ of disassembleFunction(target, symbol.address, options));
        symbol = target.symbols.next(symbol);
      }
    }, 1);
    expect(functions).toBe(1000);
    expect(cost).toBeLessThan(300);
  });
});
