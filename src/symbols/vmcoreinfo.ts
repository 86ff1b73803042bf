import { type VAddr, va } from '../base/address.ts';

/**
 * The VMCOREINFO note: what the crashed kernel recorded about itself so that a dump can be read without its vmlinux.
 * Text, one `KEY=value` a line; kernel/vmcore_info.c (kernel/crash_core.c before 6.9),
 * Documentation/admin-guide/kdump/vmcoreinfo.rst. Every accessor answers undefined for what is absent.
 */
export interface Vmcoreinfo {
  /** `SYMBOL(name)`: the run-time (relocated) address of a variable. */
  symbol(name: string): VAddr | undefined;
  /** `SIZE(name)`: bytes of a struct, or of an array. */
  size(name: string): number | undefined;
  /** `OFFSET(struct.member)`: bytes. */
  offset(path: string): number | undefined;
  /** `LENGTH(name)`: elements of an array. */
  length(name: string): number | undefined;
  /** `NUMBER(name)`: any integer, negative ones included. Addresses come as the kernel wrote them: see BigInt.asUintN. */
  number(name: string): bigint | undefined;
  /** A plain `KEY=value`: OSRELEASE, BUILD-ID, CONFIG_..., or any line's raw value by its whole left side. */
  text(key: string): string | undefined;
  /** Every `SYMBOL(...)`. */
  readonly symbols: ReadonlyMap<string, VAddr>;
  /** `OSRELEASE`, which is `uname -r`. */
  readonly osrelease: string | undefined;
  /** `BUILD-ID` of the vmlinux in lower-case hex (since 5.9). */
  readonly buildId: string | undefined;
  /** `PAGESIZE` in bytes. */
  readonly pageSize: number | undefined;
  /** `CRASHTIME` in seconds since 1970 (present once the kernel has crashed by itself). */
  readonly crashTime: number | undefined;
  /** `KERNELOFFSET`: how far KASLR moved the kernel image, in bytes. */
  readonly kernelOffset: bigint | undefined;
  /** Lines that are no `KEY=value`, or whose value does not fit the key; one sentence each. */
  readonly warnings: readonly string[];
  /** The text as it came, without the NULs that pad the note. */
  readonly raw: string;
}

type Kind = 'SYMBOL' | 'SIZE' | 'OFFSET' | 'LENGTH' | 'NUMBER';

const TYPED_KEY = /^(SYMBOL|SIZE|OFFSET|LENGTH|NUMBER)\((.+)\)$/;
/** A generous limit: the kernel's note is one page, later at most a few. */
const MAX_TEXT = 1 << 20;
const MAX_WARNINGS = 20;

/** Parses the text of a VMCOREINFO note. Never throws: lines that cannot be parsed become warnings. */
export function parseVmcoreinfo(text: string): Vmcoreinfo {
  const end = text.indexOf('\0');
  const raw = (end < 0 ? text : text.slice(0, end)).slice(0, MAX_TEXT);
  const plain = new Map<string, string>();
  const tables: Record<Kind, Map<string, bigint>> = {
    SYMBOL: new Map(),
    SIZE: new Map(),
    OFFSET: new Map(),
    LENGTH: new Map(),
    NUMBER: new Map(),
  };
  const warnings: string[] = [];
  const warn = (message: string) => {
    if (warnings.length < MAX_WARNINGS) warnings.push(message);
  };

  for (const line of raw.split('\n')) {
    if (line === '') continue;
    const equals = line.indexOf('=');
    if (equals <= 0) {
      warn(`VMCOREINFO line is not KEY=value: ${printable(line)}`);
      continue;
    }
    const key = line.slice(0, equals);
    const value = line.slice(equals + 1);
    plain.set(key, value);
    const typed = TYPED_KEY.exec(key);
    if (typed === null) continue;
    const kind = typed[1] as Kind;
    const number = kind === 'SYMBOL' ? parseHex(value) : parseInteger(value);
    if (number === undefined)
      warn(`VMCOREINFO ${printable(key)} has no number: ${printable(value)}`);
    else tables[kind].set(typed[2] as string, number);
  }

  const symbols = new Map<string, VAddr>();
  for (const [name, value] of tables.SYMBOL) symbols.set(name, va(value));
  const small = (kind: Kind) => (name: string) => count(tables[kind].get(name));
  const plainNumber = (key: string, parse: (value: string) => bigint | undefined) => {
    const value = plain.get(key);
    if (value === undefined) return undefined;
    const number = parse(value);
    if (number === undefined) warn(`VMCOREINFO ${key} has no number: ${printable(value)}`);
    return number;
  };
  return {
    symbol: (name) => symbols.get(name),
    size: small('SIZE'),
    offset: small('OFFSET'),
    length: small('LENGTH'),
    number: (name) => tables.NUMBER.get(name),
    text: (key) => plain.get(key),
    symbols,
    osrelease: plain.get('OSRELEASE'),
    buildId: plain.get('BUILD-ID')?.toLowerCase(),
    pageSize: count(plainNumber('PAGESIZE', parseInteger)),
    crashTime: count(plainNumber('CRASHTIME', parseInteger)),
    kernelOffset: plainNumber('KERNELOFFSET', parseHex),
    warnings,
    raw,
  };
}

/** SYMBOL and KERNELOFFSET are written with %lx: hex without 0x. Bounded to 64 bits. */
function parseHex(value: string): bigint | undefined {
  const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(value.trim())?.[1];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}

/** Decimal, negative, or 0x hex (arm64 writes kimage_voffset so). */
function parseInteger(value: string): bigint | undefined {
  const text = value.trim();
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return BigInt(text);
  const decimal = /^(-?)(\d{1,20})$/.exec(text);
  if (decimal === null) return undefined;
  const magnitude = BigInt(decimal[2] as string);
  return decimal[1] === '-' ? -magnitude : magnitude;
}

/** A count or an offset as a number; absent when it is negative or no safe integer. */
function count(value: bigint | undefined): number | undefined {
  return value === undefined || value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)
    ? undefined
    : Number(value);
}

function printable(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return short.replace(/[^\x20-\x7e]/g, '.');
}
