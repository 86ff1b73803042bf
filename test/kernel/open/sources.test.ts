import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Tracer } from '../../../src/base/tracer.ts';
import { openDump } from '../../../src/dump/open.ts';
import { openSource } from '../../../src/dump/source.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { type OpenOptions, openTarget } from '../../../src/kernel/open/open.ts';
import { file } from '../../dump/builders.ts';
import { buildVmlinux } from '../../symbols/builders.ts';
import { dumpPath, needsDumps } from '../shared-dumps.ts';

const bundled = fileURLToPath(new URL('../../../dumps/null-pointer.kdump', import.meta.url));
const open = (options: OpenOptions = {}): Target => openTarget(openDump([bundled]), options);
const plain = open();
const shift = plain.vmcoreinfo.kernelOffset ?? 0n;

/** A System.map as the build of this kernel would have written it: its names where they were linked. */
function systemMap(move = 0n): string {
  const lines: string[] = [];
  for (const name of ['_stext', '_text', 'init_task', 'swapper_pg_dir', 'init_uts_ns', '_end']) {
    const symbol = plain.symbols.kernel.named(name);
    if (symbol === undefined) continue;
    // One name is moved against the others, as in another build.
    const own = symbol.address - shift + (name === 'init_uts_ns' ? move : 0n);
    lines.push(`${own.toString(16)} ${symbol.type} ${name}`);
  }
  lines.push(`${(plain.symbol('_stext') - shift + 0x1234n).toString(16)} T only_in_the_map`);
  return `${lines.join('\n')}\n`;
}

const sourceOf = (content: string | Uint8Array) =>
  openSource(file(typeof content === 'string' ? Buffer.from(content) : content));

describe('the sources of symbols', () => {
  test('a System.map comes before kallsyms, moved to where KASLR put the kernel', () => {
    const target = open({ debugInfo: [sourceOf(systemMap())] });
    expect(target.symbols.kernelNamed('only_in_the_map')?.address).toBe(
      plain.symbol('_stext') + 0x1234n,
    );
    expect(target.symbols.kernelNamed('init_task')?.address).toBe(plain.symbol('init_task'));
    expect(target.sources.rows().map(({ finder, outcome }) => `${finder}: ${outcome}`)).toEqual([
      'system-map: in use',
      'kallsyms: not asked yet',
      'module-kallsyms: not asked yet',
      'btf: not asked yet',
      'module-btf: not asked yet',
    ]);
  });

  test('a System.map of another build is not used, and the warning says which name tells', () => {
    const target = open({ debugInfo: [sourceOf(systemMap(0x40n))] });
    expect(target.warnings.join()).toMatch(/not used: .*another kernel: init_uts_ns would be at/);
    expect(target.symbols.kernelNamed('init_task')?.address).toBe(plain.symbol('init_task'));
  });

  test("a vmlinux's own symbol table answers, and one without the kernel's symbols is not used", () => {
    const linked = (name: string) => plain.symbol(name) - shift;
    const vmlinux = buildVmlinux([
      ['_stext', linked('_stext'), 0x12, 1],
      ['init_uts_ns', linked('init_uts_ns'), 0x11, 2],
      ['only_in_vmlinux', linked('_stext') + 0x99n, 0x12, 1],
    ]);
    const target = open({ debugInfo: [sourceOf(vmlinux)] });
    expect(target.warnings).toEqual([]);
    expect(target.symbols.kernelNamed('only_in_vmlinux')?.address).toBe(
      plain.symbol('_stext') + 0x99n,
    );
    const foreign = buildVmlinux([['_stext', 0xffffffff81000000n, 0x12, 1]]);
    const without = open({ debugInfo: [sourceOf(foreign)] });
    expect(without.symbols.kernelNamed('init_task')?.address).toBe(plain.symbol('init_task'));
  });

  test('a finder that fails is passed over, and its reason stays to be read', () => {
    const said: string[] = [];
    const tracer: Tracer = {
      wants: () => true,
      say: (topic, text) => said.push(`${topic} ${text}`),
    };
    const target = open({ tracer });
    expect(target.symbols.kernelNamed('init_task')).toBeDefined();
    expect(said.find((line) => line.startsWith('symbols kallsyms: in use in '))).toBeDefined();
  });
});

describe('the types of modules', needsDumps, () => {
  const at = (name: string): Target => openTarget(openDump([`${dumpPath(name)}/vmcore`]));

  test.each(['kd61-null', 'x612-gpf'])('of %s answer where a module has them', (name) => {
    const target = at(name);
    expect(target.types.has('loop_device')).toBe(false);
    expect(target.allTypes.member('loop_device', 'lo_number').offset).toBe(0);
    expect(target.allTypes.struct('task_struct')).toBe(target.types.struct('task_struct'));
  });

  test('are not opened for a name that the kernel itself has', () => {
    const target = at('kd61-null');
    target.allTypes.struct('list_head');
    const outcome = target.sources.rows().find(({ finder }) => finder === 'module-btf')?.outcome;
    expect(outcome).toBe('not asked yet');
  });
});
