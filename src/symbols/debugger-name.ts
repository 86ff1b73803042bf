import type { VAddr } from '../base/address.ts';
import type { KernelSymbols } from './table.ts';
import type { KernelSymbol } from './types.ts';

/**
 * The name after an address in a printed value, `init_task+2192`. gdb prints values, and names addresses from vmlinux's
 * own symbol table and debuginfo: unlike crash it knows sizes, leaves out symbols without one, and writes names its own
 * way. Where sizes that kallsyms lacks would decide, the rules here approximate it. Undefined for an address that gdb
 * prints without a name.
 */
export function debuggerName(symbols: KernelSymbols, address: VAddr): string | undefined {
  if (!symbols.inRange(address)) return undefined;
  const found = symbols.at(address);
  if (found === undefined) return undefined;
  // Addresses in modules are named by crash itself.
  if (found.symbol.module !== undefined) return withOffset(found.symbol.name, found.offset);
  const symbol = preferred(symbols.kernel.aliasesAt(found.symbol.address), found.symbol);
  if (symbol === undefined) return undefined;
  const offset = Number(address - symbol.address);
  if (!/^[tw]$/i.test(symbol.type)) {
    if (offset > 0 && isBeyond(symbols, symbol)) return undefined;
    return withOffset(dataName(symbol.name), offset);
  }
  const hot = symbol.name.replace(/\.cold(\.\d+)?$/, '');
  if (hot === symbol.name) return withOffset(functionName(hot), offset);
  // Inside the cold part of a function gdb counts from the start of the function itself.
  const whole = offset === 0 ? undefined : symbols.kernelNamed(hot);
  if (whole === undefined) return withOffset(symbol.name, offset);
  return withOffset(functionName(hot), Number(address - whole.address));
}

const withOffset = (name: string, offset: number): string =>
  offset === 0 ? name : `${name}+${offset}`;

/** The symbol at one address that names an object: `chosen` unless it is a mark or has no size. */
function preferred(
  equals: readonly KernelSymbol[],
  chosen: KernelSymbol,
): KernelSymbol | undefined {
  const things = equals.filter((symbol) => !NOTHING.test(symbol.name));
  const same = things.find((symbol) => symbol.name === chosen.name);
  // Without lockdep the classes of locks are empty, and have the address of the next variable.
  const solid = things.filter((symbol) => !/_key(\.\d+)?$/.test(symbol.name));
  if (same === undefined || (solid.length > 0 && !solid.includes(same))) {
    return solid[0] ?? things[0];
  }
  // jiffies is a name that the linker script gives to jiffies_64.
  const alias = same.name === 'jiffies' && things.find((symbol) => symbol.name === 'jiffies_64');
  return alias || same;
}

/**
 * Names without a size in vmlinux: section starts, marks of vmlinux.lds.h, entries of tables that are assembled from many
 * files, and lock classes of kernels without lockdep (`struct lock_class_key` is empty).
 */
const NOTHING = new RegExp(
  [
    '^\\.',
    '^__key\\.\\d+$',
    '^__(ksymtab|kstrtab|kstrtabns|crc|initcall)(_|$)',
    '^__(start|stop|end)_+(\\w+_)?(data|text|rodata|table|fw|ksymtab\\w*|fmt|dyndbg|unwind\\w*|init_task|init_stack)$',
    '^__(setup|initcall\\w*)_(start|end)$',
    '^_{1,2}(stext|etext|sdata|edata|text|end|bss_stop)$',
    '^init_(stack|thread_union)$',
    '^__end_rodata',
  ].join('|'),
);

/**
 * Largest distance between the last named object of .rodata and the next one: all strings of the kernel lie between.
 */
const STRINGS = 80 << 10;

/** Whether an address within `symbol`'s reach belongs to one of those strings. */
function isBeyond(symbols: KernelSymbols, symbol: KernelSymbol): boolean {
  let next = symbols.kernel.next(symbol);
  while (next !== undefined && next.address === symbol.address) next = symbols.kernel.next(next);
  if (next === undefined || next.address - symbol.address <= STRINGS) return false;
  const start = symbols.kernelNamed('__start_rodata');
  const end = symbols.kernelNamed('__end_rodata');
  return !!start && !!end && symbol.address >= start.address && symbol.address < end.address;
}

/** A function under its name in the source: without what the compiler adds to copies and parts. */
const functionName = (name: string): string =>
  name.replace(/\.(constprop|isra|part|llvm)(\.\d+)?(?=\.|$)/g, '');

/**
 * gdb takes lower-case names of data for Ada's where they could be: `event_enter__statx` is shown as
 * `event_enter.statx`, `warned.2` as `warned`.
 */
function dataName(name: string): string {
  if (name.startsWith('_') || name.includes('___')) return name;
  const decoded = name.replace(/(\.|\$|__)\d+$/, '').replaceAll('__', '.');
  return /[A-Z]/.test(decoded) ? name : decoded;
}
