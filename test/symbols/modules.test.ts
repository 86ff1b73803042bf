import { describe, expect, test } from 'vitest';
import { va } from '../../src/base/address.ts';
import { type ModuleLayouts, readModule } from '../../src/symbols/module-regions.ts';
import { ModuleSymbols } from '../../src/symbols/modules.ts';
import { StubMemory } from './builders.ts';

const MODULE = 0xffffffffc0347040n;
const CORE = 0xffffffffc0345000n;
const INIT = 0xffffffffc0400000n;
const SIZE = 0x4000;

/** struct module of our own making: the shapes are the kernel's, the offsets ours. */
const KALLSYMS = {
  shape: 'mod_kallsyms',
  pointer: 0x40,
  core: 0x48,
  symtab: 0,
  count: 8,
  strtab: 16,
} as const;
const SHAPES: Record<string, ModuleLayouts> = {
  'mem[] of 6.4': {
    size: 0x200,
    name: 0,
    nameLength: 56,
    symbols: KALLSYMS,
    memory: { shape: 'memory', at: 0x80, stride: 0x20, count: 7, base: 0, size: 8 },
  },
  'core_layout of 4.5': {
    size: 0x200,
    name: 0,
    nameLength: 56,
    symbols: KALLSYMS,
    memory: { shape: 'layout', core: 0x80, init: 0xc0, base: 0, size: 8, textSize: 12 },
  },
  'module_core before 4.5': {
    size: 0x200,
    name: 0,
    nameLength: 56,
    symbols: { shape: 'loose', symtab: 0x48, count: 0x50, strtab: 0x58 },
    memory: {
      shape: 'loose',
      core: { base: 0x80, size: 0x88, textSize: 0x8c },
      init: { base: 0xc0, size: 0xc8, textSize: 0xcc },
    },
  },
};

interface Entry {
  name: string;
  value: bigint;
  info: number;
  shndx?: number;
}
const FUNC = 0x02;
const GLOBAL_FUNC = 0x12;
const OBJECT = 0x01;

const ENTRIES: Entry[] = [
  { name: 'faulty_exit', value: CORE + 0x2b4n, info: FUNC },
  { name: 'cleanup_module', value: CORE + 0x2b4n, info: GLOBAL_FUNC },
  { name: 'faulty_null', value: CORE, info: FUNC },
  { name: 'faulty_null.part.0', value: CORE + 0x10n, info: FUNC },
  { name: '.LC7', value: CORE + 0x1144n, info: OBJECT },
  { name: '__param_mode', value: CORE + 0x1144n, info: OBJECT },
  { name: 'old_letter', value: CORE + 0x1200n, info: 'd'.charCodeAt(0) },
  { name: 'printk', value: 0n, info: 0x10, shndx: 0 },
  { name: 'percpu_counter', value: 0x2e000n, info: OBJECT },
  { name: '', value: CORE + 0x20n, info: FUNC },
];

function build(layouts: ModuleLayouts, entries = ENTRIES, inInit: Entry[] = []) {
  const memory = new Uint8Array(SIZE);
  const table = (bytes: Uint8Array, base: bigint, at: number, list: Entry[]) => {
    const view = new DataView(bytes.buffer);
    const strtab = at + (list.length + 1) * 24;
    let end = strtab + 1;
    list.forEach(({ name, value, info, shndx = 1 }, i) => {
      const entry = at + (i + 1) * 24;
      view.setUint32(entry, end - strtab, true);
      view.setUint8(entry + 4, info);
      view.setUint16(entry + 6, shndx, true);
      view.setBigUint64(entry + 8, value, true);
      for (const char of `${name}\0`) bytes[end++] = char.charCodeAt(0);
    });
    return { symtab: base + BigInt(at), count: list.length + 1, strtab: base + BigInt(strtab) };
  };
  const core = table(memory, CORE, 0x3000, entries);
  const init = new Uint8Array(0x1000);
  const view = new DataView(memory.buffer);
  const at = Number(MODULE - CORE);
  for (const [i, char] of [...'faulty'].entries()) memory[at + i] = char.charCodeAt(0);
  const put = (place: number, from: typeof core) => {
    view.setBigUint64(place, from.symtab, true);
    view.setUint32(place + 8, from.count, true);
    view.setBigUint64(place + 16, from.strtab, true);
  };
  put(at + 0x48, core);
  view.setBigUint64(at + 0x40, MODULE + 0x48n, true);
  const region = (place: number, base: bigint, size: number, text?: number) => {
    view.setBigUint64(at + place, base, true);
    view.setUint32(at + place + 8, size, true);
    if (text !== undefined) view.setUint32(at + place + 12, text, true);
  };
  if (layouts.memory.shape === 'memory') {
    region(0x80, CORE, 0x1000);
    region(0xa0, CORE + 0x1000n, SIZE - 0x1000);
    if (inInit.length > 0) region(0x80 + 4 * 0x20, INIT, 0x1000);
  } else {
    region(0x80, CORE, SIZE, 0x1000);
    if (inInit.length > 0) region(0xc0, INIT, 0x1000, 0x800);
  }
  if (inInit.length > 0) {
    const initView = new DataView(init.buffer);
    const made = table(init, INIT, 0x400, inInit);
    initView.setBigUint64(0x300, made.symtab, true);
    initView.setUint32(0x308, made.count, true);
    initView.setBigUint64(0x310, made.strtab, true);
    view.setBigUint64(at + 0x40, INIT + 0x300n, true);
  }
  const stub = new StubMemory().place(CORE, memory).place(INIT, init);
  return {
    memory,
    stub,
    open: (onProblem: (problem: string) => void = () => {}) =>
      new ModuleSymbols(stub, readModule(stub, va(MODULE), layouts, onProblem)),
  };
}

const NEW = SHAPES['mem[] of 6.4'] as ModuleLayouts;
const OLD = SHAPES['core_layout of 4.5'] as ModuleLayouts;
const list = (module: ModuleSymbols) =>
  module
    .regions()
    .flatMap(({ start, symbols, end }) =>
      [start, ...symbols, end].map((s) => `${(s.address - CORE).toString(16)} ${s.type} ${s.name}`),
    );

describe("a module's symbols", () => {
  test.each(Object.entries(SHAPES))('are read through %s', (_, layouts) => {
    const module = build(layouts).open();
    expect(module.name).toBe('faulty');
    expect([...module.all()].map((s) => s.name)).toEqual([
      'faulty_null',
      'faulty_null',
      'faulty_exit',
      'cleanup_module',
      '.LC7',
      '__param_mode',
      'old_letter',
    ]);
    expect(module.isText(va(CORE + 0xfffn))).toBe(true);
    expect(module.isText(va(CORE + 0x1000n))).toBe(false);
  });

  test('stand between the marks of their regions since 6.4', () => {
    expect(list(build(NEW).open())).toEqual([
      '0 m _MODULE_TEXT_START_faulty',
      '0 t faulty_null',
      '10 t faulty_null',
      '2b4 t faulty_exit',
      '2b4 T cleanup_module',
      '1000 m _MODULE_TEXT_END_faulty',
      '1000 m _MODULE_DATA_START_faulty',
      '1144 ? .LC7',
      '1144 ? __param_mode',
      '1200 d old_letter',
      '4000 m _MODULE_DATA_END_faulty',
    ]);
  });

  test('stand between one pair of marks before', () => {
    const marks = list(build(OLD).open()).filter((line) => line.includes('_MODULE'));
    expect(marks).toEqual(['0 m _MODULE_START_faulty', '4000 m _MODULE_END_faulty']);
  });

  test('name an address: the first at their own, the last behind it', () => {
    const module = build(OLD).open();
    expect(module.at(va(CORE + 0x2b4n))).toMatchObject({
      symbol: { name: 'faulty_exit' },
      offset: 0,
    });
    expect(module.at(va(CORE + 0x2b8n))).toMatchObject({
      symbol: { name: 'cleanup_module' },
      offset: 4,
    });
    expect(module.at(va(CORE + 0x1144n))).toMatchObject({
      symbol: { name: '__param_mode' },
      offset: 0,
    });
  });

  test('leave the start of a region to its mark', () => {
    expect(
      build(NEW)
        .open()
        .at(va(CORE + 0x1010n)),
    ).toMatchObject({ symbol: { name: '_MODULE_DATA_START_faulty' }, offset: 16 });
  });

  test('end where the module ends', () => {
    const module = build(OLD).open();
    expect(module.at(va(CORE + BigInt(SIZE)))).toBeUndefined();
    expect(module.at(va(CORE - 1n))).toBeUndefined();
  });

  test.each([NEW, OLD])('of init code answer while it runs, but are not listed', (layouts) => {
    const module = build(layouts, ENTRIES, [
      { name: 'faulty_init', value: INIT + 0x10n, info: FUNC },
    ]).open();
    expect(module.at(va(INIT + 0x18n))).toMatchObject({
      symbol: { name: 'faulty_init' },
      offset: 8,
    });
    expect(module.named('faulty_init')).toHaveLength(1);
    expect([...module.all()].some((s) => s.name === 'faulty_init')).toBe(false);
  });

  test('without an init table in the dump, init code is named by its region', () => {
    const { stub, open } = build(OLD, ENTRIES, [
      { name: 'faulty_init', value: INIT + 0x10n, info: FUNC },
    ]);
    stub.exclude(INIT);
    expect(open().at(va(INIT + 0x18n))).toMatchObject({
      symbol: { name: '_MODULE_INIT_START_faulty' },
      offset: 0x18,
    });
  });

  test('more of them than a module can hold are none, and a problem', () => {
    const { memory, open } = build(OLD);
    new DataView(memory.buffer).setUint32(Number(MODULE - CORE) + 0x50, 0x7fffffff, true);
    const problems: string[] = [];
    expect([...open((problem) => problems.push(problem)).all()].length).toBeLessThan(8);
    expect(problems[0]).toContain('num_symtab is 2147483647, and its symtab has room for 11');
  });

  test('names beyond the string table are passed over', () => {
    const { memory, open } = build(OLD);
    new DataView(memory.buffer).setUint32(0x3000 + 24, 0x7ffffff0, true);
    expect([...open().all()].map((s) => s.name)).not.toContain('faulty_exit');
    expect([...open().all()].map((s) => s.name)).toContain('cleanup_module');
  });
});
