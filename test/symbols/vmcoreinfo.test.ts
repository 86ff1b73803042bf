import { describe, expect, test } from 'vitest';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';

const TEXT = `OSRELEASE=6.1.0-50-cloud-amd64
BUILD-ID=BB603A9147D3EFE4
PAGESIZE=4096
SYMBOL(init_uts_ns)=ffffffffa001e7c0
SIZE(list_head)=16
OFFSET(zone.free_area)=192
LENGTH(zone.free_area)=11
NUMBER(phys_base)=-1048576
NUMBER(kimage_voffset)=0xffff7fffff000000
NUMBER(pgtable_l5_enabled)=0
KERNELOFFSET=1d600000
CONFIG_X86_5LEVEL=y
CRASHTIME=1753000000
`;

describe('VMCOREINFO', () => {
  const info = parseVmcoreinfo(TEXT);

  test('SYMBOL and KERNELOFFSET are hexadecimal without 0x', () => {
    expect(info.symbol('init_uts_ns')).toBe(0xffffffffa001e7c0n);
    expect(info.kernelOffset).toBe(0x1d600000n);
  });

  test('SIZE, OFFSET and LENGTH are byte and element counts', () => {
    expect([
      info.size('list_head'),
      info.offset('zone.free_area'),
      info.length('zone.free_area'),
    ]).toEqual([16, 192, 11]);
  });

  test('NUMBER is decimal, negative or hexadecimal', () => {
    expect(info.number('phys_base')).toBe(-1048576n);
    expect(info.number('kimage_voffset')).toBe(0xffff7fffff000000n);
    expect(info.number('pgtable_l5_enabled')).toBe(0n);
  });

  test('plain keys keep their text', () => {
    expect([info.osrelease, info.buildId, info.pageSize, info.crashTime]).toEqual([
      '6.1.0-50-cloud-amd64',
      'bb603a9147d3efe4',
      4096,
      1753000000,
    ]);
    expect(info.text('CONFIG_X86_5LEVEL')).toBe('y');
  });

  test('what is absent is undefined, and nothing is said of it', () => {
    expect([
      info.symbol('nosuch'),
      info.size('nosuch'),
      info.number('nosuch'),
      info.text('nosuch'),
    ]).toEqual([undefined, undefined, undefined, undefined]);
    expect(info.warnings).toEqual([]);
  });

  test('garbage becomes warnings, and the rest is read', () => {
    const bad = parseVmcoreinfo(
      `=x\n\x01\x02garbage\nSYMBOL(_stext)=zzz\nSIZE(page)=-4\nOSRELEASE=6.1\n`,
    );
    expect(bad.osrelease).toBe('6.1');
    expect([bad.symbol('_stext'), bad.size('page')]).toEqual([undefined, undefined]);
    expect(bad.warnings).toEqual([
      'VMCOREINFO line is not KEY=value: =x',
      'VMCOREINFO line is not KEY=value: ..garbage',
      'VMCOREINFO SYMBOL(_stext) has no number: zzz',
    ]);
  });

  test('the NULs that pad the note end it', () => {
    const padded = parseVmcoreinfo('OSRELEASE=6.1\n\0\0\0PAGESIZE=1\n');
    expect([padded.osrelease, padded.pageSize, padded.warnings.length]).toEqual([
      '6.1',
      undefined,
      0,
    ]);
  });

  test('a megabyte of noise makes a bounded number of warnings', () => {
    expect(parseVmcoreinfo('noise\n'.repeat(200_000)).warnings.length).toBeLessThan(100);
  });
});
