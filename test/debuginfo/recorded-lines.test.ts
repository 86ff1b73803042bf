import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DebugFile } from '../../src/debuginfo/debug-file.ts';
import { joined } from '../../src/debuginfo/lines/source-lines.ts';
import { needsPacks, RangePack } from './range-pack.ts';

const vmcores = fileURLToPath(new URL('../../../shared/vmcores/', import.meta.url));

/** `ADDRESS of a frame or symbol: its line`, of what crash 8.0.6 printed with the whole vmlinux. */
function recorded(dump: string, group: string): [bigint, string][] {
  const text = readFileSync(`${vmcores}${dump}/expected-vmlinux/${group}.txt`, 'latin1');
  const found: [bigint, string][] = [];
  let address: bigint | undefined;
  for (const line of text.split('\n')) {
    const frame = / at ([0-9a-f]{16})$/.exec(line);
    const source = /^ {4}(\S+: \d+)$/.exec(line);
    if (source && address !== undefined) found.push([address, source[1] as string]);
    address = frame ? BigInt(`0x${frame[1]}`) : undefined;
  }
  return found;
}

test.for(['kd61-null', 'x612-gpf'])(
  '%s: every line that crash 8.0.6 printed of a frame is ours, out of parts of the vmlinux',
  needsPacks,
  (dump) => {
    const file = new DebugFile(new RangePack(dump));
    const lines = ['bt-lines', 'foreach-lines'].flatMap((group) => recorded(dump, group));
    expect(lines.length).toBeGreaterThan(1000);
    const slide = slideOf(dump);
    const wrong = lines.filter(([address, want]) => {
      const place = file.placeAt(address - slide);
      return !place || `${joined(place.directory, place.file)}: ${place.line}` !== want;
    });
    expect(wrong).toEqual([]);
  },
);

/** KERNELOFFSET of VMCOREINFO, as text in the dump's notes. */
function slideOf(dump: string): bigint {
  const head = readFileSync(`${vmcores}${dump}/vmcore`)
    .subarray(0, 1 << 20)
    .toString('latin1');
  const found = /KERNELOFFSET=([0-9a-f]+)/.exec(head);
  return BigInt(`0x${found?.[1] ?? '0'}`);
}
