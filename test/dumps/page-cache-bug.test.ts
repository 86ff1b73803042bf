import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pageCacheBug } from '../../dumps/incidents/page-cache-bug.ts';
import { parseTranscript, runTranscript } from '../../dumps/transcript.ts';
import { va } from '../../src/base/address.ts';
import { answer, openBytes } from './open-image.ts';

const golden = fileURLToPath(new URL('../golden/page-cache-bug/', import.meta.url));
const built = pageCacheBug.build();

/** The accident as it stood in a system log on 1 February 2011, white space aside. */
const STORY = `kernel BUG at mm/filemap.c:128!
Modules linked in:
Pid: 13604, comm: apache2 Not tainted 2.6.36-hardened-r6 #1 0K8980/Dimension 3000
EIP: 0060:[<c105af4f>] EFLAGS: 00010046 CPU: 0
EIP is at __remove_from_page_cache+0x44/0x91
EAX: 00000000 EBX: c16acf40 ECX: 00000015 EDX: 00000015
ESI: de877d7c EDI: ffffffff EBP: 00000015 ESP: dc4abe28
DS: 0068 ES: 0068 FS: 00d8 GS: 0033 SS: 0068
de877d7c c16acf40 c105afbc c16acf40 de877d7c c1061079 c16acf40 00000000
<0> c1061123 de877d7c 00000015 00000006 ffffffff 00000000 0000000e 00000000
<0> c1641f40 c1641f60 c1641f80 c1641fa0 c173ecc0 c1695de0 c16acf40 c15d2f00
[<c105afbc>] ? remove_from_page_cache+0x20/0x27
[<c1061079>] ? truncate_inode_page+0x6c/0x7d
[<c1061123>] ? truncate_inode_pages_range+0x99/0x23a
[<c10612cd>] ? truncate_inode_pages+0x9/0xc
[<c10fa452>] ? ext4_evict_inode+0x83/0x265
[<c108dab2>] ? evict+0x17/0x7b
[<c108e211>] ? iput+0x182/0x1df
[<c108b58e>] ? d_kill+0x2a/0x43
[<c108c292>] ? dput+0xf3/0xfb
[<c107e289>] ? fput+0x191/0x1b3
[<c106e14f>] ? remove_vma+0x34/0x52
[<c106f26a>] ? __do_munmap+0x257/0x2a8
[<c106f335>] ? sys_munmap+0x49/0x60
[<c1378005>] ? syscall_call+0x7/0xb
---[ end trace 4598df0f375c22c4 ]---`.split('\n');

/** `address symbol offset size` of the story's call trace. */
const CALLS = STORY.flatMap((line) => {
  const found = /\[<(\w+)>\] \? (\w+)\+0x(\w+)\/0x(\w+)/.exec(line);
  return found ? [found.slice(1) as [string, string, string, string]] : [];
});

describe('The BUG in the page cache', () => {
  const target = openBytes(built.kdump());

  test.each(readdirSync(golden))('answers as its golden file says: %s', async (file) => {
    const wanted = parseTranscript(readFileSync(golden + file, 'latin1'));
    expect(wanted.length).toBeGreaterThan(0);
    const got = await runTranscript(
      openBytes(built.kdump()),
      wanted.map(({ command }) => command),
    );
    expect(got).toEqual(wanted);
  });

  test('log ends with the accident, line for line', async () => {
    const lines = await answer(target, 'log');
    expect(lines.slice(-STORY.length).map((line) => line.trim())).toEqual(STORY);
  });

  test.each(['bt', 'bt -t'])('%s has the callers of the log, in its order', async (command) => {
    const lines = await answer(target, command);
    const text = lines.map((line) => /\] (\w+) at (\w+)$/.exec(line)?.slice(1)).filter(Boolean);
    const wanted = CALLS.map(([address, symbol]) => [symbol, address]);
    expect(text.slice(-wanted.length)).toEqual(wanted);
  });

  test('every function of the log is as long as the log says', () => {
    expect(CALLS).toHaveLength(14);
    for (const [address, symbol, offset, size] of CALLS) {
      const found = target.symbols.at(va(BigInt(`0x${address}`)));
      expect(found?.symbol.name).toBe(symbol);
      expect(found?.offset).toBe(Number.parseInt(offset, 16));
      const next = found && target.symbols.next(found.symbol);
      expect(next && Number(next.address - found.symbol.address)).toBe(Number.parseInt(size, 16));
    }
  });

  test('types have pointers and longs of four bytes', () => {
    expect(target.types.sizeof('list_head')).toBe(8);
    expect(target.types.sizeof('page')).toBe(32);
    const page = target.object('page', va(0xc16acf40n));
    expect(page.num('_mapcount')).toBe(0);
    expect(page.follow('mapping')?.follow('host')?.address).toBe(0xde877cb4n);
  });

  test('an ELF core of the same memory answers the same', async () => {
    const elf = openBytes(built.elf());
    expect(elf.facts.container).toBe('elf');
    for (const command of ['bt', 'bt -t', 'log', 'ps'])
      expect(await answer(elf, command)).toEqual(await answer(target, command));
  });

  test('a dump is the same each time', () => {
    expect(Buffer.compare(built.kdump(), built.kdump())).toBe(0);
  });
});
