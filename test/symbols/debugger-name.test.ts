import { beforeAll, describe, expect, test } from 'vitest';
import { va } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { debuggerName } from '../../src/symbols/debugger-name.ts';
import { needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';

/** What gdb in crash wrote after addresses of the kd61-null dump, told from the debuginfo of its kernel. */
describe('names in printed values', needsDumps, () => {
  let symbols: Target['symbols'];
  beforeAll(() => {
    ({ symbols } = sharedTarget('kd61-null'));
  });
  const nameOf = (symbol: string, offset = 0): string | undefined => {
    const found = symbols.named(symbol);
    if (found === undefined) throw new Error(`no ${symbol}`);
    return debuggerName(symbols, va(found.address + BigInt(offset)));
  };

  test.each<[string, number, string | undefined]>([
    ['init_task', 0, 'init_task'],
    ['init_task', 2192, 'init_task+2192'],
    ['schedule', 0, 'schedule'],
    ['_text', 0, 'startup_64'],
    ['jiffies', 0, 'jiffies_64'],
    // Ada's notation, by mistake of gdb's.
    ['event_enter__statx', 48, 'event_enter.statx+48'],
    ['__x64_sys_read', 0, '__x64_sys_read'],
    ['CSWTCH.447', 0, 'CSWTCH.447'],
    ['__func__.0', 0, '__func__.0'],
    // Copies and cold parts of functions.
    ['memory_stat_format.constprop.0', 0, 'memory_stat_format'],
    ['pci_iov_init.cold', 0, 'pci_iov_init.cold'],
    ['pci_iov_init.cold', 8, 'pci_iov_init+4028570'],
    // Nothing is there: a section starts, a table of many files, the strings of the kernel.
    ['init_stack', 0, undefined],
    ['__ksymtab_schedule', 0, undefined],
    ['SIGMA2', 8042, undefined],
    ['faulty_call', 4, 'faulty_call+4'],
    ['qdisc_tx_busylock_key.1', 0, 'serio_event_lock'],
  ])('%s+%d is %s', (symbol, offset, name) => {
    expect(nameOf(symbol, offset)).toBe(name);
  });

  test('a lock class, which takes no room, gives way to the object at its address', () => {
    const cache = symbols.named('delayacct_cache');
    expect(symbols.kernel.aliasesAt(cache!.address).length).toBeGreaterThan(1);
    expect(debuggerName(symbols, cache!.address)).toBe('delayacct_cache');
  });

  test('an address in no section has no name', () => {
    expect(debuggerName(symbols, va(0x100n))).toBeUndefined();
    expect(debuggerName(symbols, va(0xffff898b811fa950n))).toBeUndefined();
    expect(debuggerName(symbols, va(0xffffffffff600000n))).toBeUndefined();
  });
});
