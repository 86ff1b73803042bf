import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { openKernelTable } from '../../src/symbols/open-kernel-table.ts';
import type { KernelSymbol } from '../../src/symbols/types.ts';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';
import { needsDumps } from '../kernel/shared-dumps.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/vmcores');
const DUMPS = ['kd61-null', 'x612-gpf'];

const line = (s: KernelSymbol) => `${s.address.toString(16)} (${s.type}) ${s.name}`;

/** What crash printed for a command. */
function expected(dump: string, command: string): string[] {
  const lines = readFileSync(join(ROOT, dump, 'expected/sym.txt'), 'utf8').split('\n');
  const start = lines.indexOf(`crash> ${command}`);
  if (start < 0) throw new Error(`no ${command} was recorded for ${dump}`);
  const end = lines.findIndex((text, i) => i > start && text.startsWith('crash> '));
  return lines.slice(start + 1, end < 0 ? undefined : end).filter((text) => text !== '');
}

describe('the symbols of a real dump', needsDumps, () => {
  describe.each(DUMPS)('%s', (name) => {
    const open = () => openTarget(openDump([join(ROOT, name, 'vmcore')]));

    test('sym -q finds what crash finds, in its order', () => {
      const { symbols } = open();
      expect([...symbols.search('schedule_timeout')].map(line)).toEqual(
        expected(name, 'sym -q schedule_timeout'),
      );
    });

    test("sym -l begins as crash's does", () => {
      const shown: string[] = [];
      for (const symbol of open().symbols.all()) if (shown.push(line(symbol)) === 20) break;
      expect(shown).toEqual(expected(name, 'sym -l | head -20'));
    });

    test('a module has the symbols that crash lists', () => {
      const module = open().symbols.moduleNamed('faulty');
      const shown = module?.regions().flatMap(({ region, start, symbols, end }) => {
        const tag = region.tag === '' ? '' : `${region.tag} `;
        return [
          `${start.address.toString(16)} MODULE ${tag}START: faulty`,
          ...symbols.map(line),
          `${end.address.toString(16)} MODULE ${tag}END: faulty`,
        ];
      });
      expect(shown).toEqual(expected(name, 'sym -m faulty'));
    });

    test("kallsyms is found without VMCOREINFO's help, and is the same", () => {
      const target = open();
      const { raw } = target.vmcoreinfo;
      const hidden = parseVmcoreinfo(raw.replace(/^SYMBOL\(kallsyms_.*\n/gm, ''));
      expect(hidden.symbol('kallsyms_names')).toBeUndefined();
      const found = openKernelTable(target.kernel, hidden, target.machine.imageFloor);
      const known = openKernelTable(target.kernel, target.vmcoreinfo, target.machine.imageFloor);
      expect(found.size).toBe(known.size);
      for (const symbol of ['schedule', 'init_task', 'runqueues']) {
        expect(found.named(symbol)).toEqual(known.named(symbol));
        expect(found.named(symbol)).toBeDefined();
      }
    });
  });
});
