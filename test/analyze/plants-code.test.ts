import { expect, it } from 'vitest';
import { Tally } from '../../src/analyze/checks/check.ts';
import { checkCode, textCheck } from '../../src/analyze/checks/code/text.ts';
import { plus, type VAddr } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { findingsOf, physical, planted, plantingIn, random } from './plant.ts';

const PLACES = 200;
/** Opcodes that do not exist in 64-bit mode: Intel SDM volume 2, appendix A. */
const ILLEGAL = [
  0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x82, 0xce,
];

/** Starts of instructions of functions that the tracer can hook, each of another function. */
function places(target: Target, count: number, next: (below: number) => number): VAddr[] {
  const decode = target.arch.lengths?.();
  const [start, end] = [target.symbol('_stext'), target.symbol('_etext')];
  const found = new Map<VAddr, VAddr>();
  while (decode && found.size < count) {
    const symbol = target.symbols.at(plus(start, next(Number(end - start))))?.symbol;
    const after = symbol && target.symbols.next(symbol);
    if (!symbol || !after || symbol.address >= end || symbol.address < start) continue;
    const bytes = target.kernel.read(symbol.address, Number(after.address - symbol.address));
    const isTraced = /^(f30f1efa)?(0f1f440000|e8)/.test(
      Buffer.from(bytes.subarray(0, 9)).toString('hex'),
    );
    if (!isTraced || bytes.length < 32 || symbol.name.startsWith('entry')) continue;
    const starts: number[] = [];
    for (let at = 0; at < bytes.length; at += Math.max(1, decode.decode(bytes, at, bytes.length)))
      if (at >= 9 && bytes[at] !== 0xcc && bytes[at] !== 0x90) starts.push(at);
    if (starts.length > 0)
      found.set(symbol.address, plus(symbol.address, starts[next(starts.length)]!));
  }
  return [...found.values()];
}

plantingIn('code of %s', (dump) => {
  const sound = openTarget(dump);
  const next = random(11);

  it(`a byte that is no opcode, in ${PLACES} functions`, () => {
    const chosen = places(sound, PLACES, next);
    const plants = chosen.map((address) => ({
      at: physical(sound, address),
      bytes: Uint8Array.of(ILLEGAL[next(ILLEGAL.length)] as number),
      address,
    }));
    const found = new Set(
      findingsOf(planted(dump, plants), textCheck).map(({ address }) => address),
    );
    expect(chosen.filter((address) => !found.has(address))).toEqual([]);
    expect(found.size).toBe(plants.length);
  });

  it('a changed operand is not found, and the check says so', () => {
    expect(textCheck.note).toMatch(/cannot be seen/);
  });

  it('one function alone', () => {
    const address = sound.symbol('vfs_read');
    const symbol = sound.symbols.at(address)?.symbol;
    const after = symbol && sound.symbols.next(symbol);
    const size = Number((after?.address ?? address) - address);
    const tally = new Tally();
    expect([...checkCode(sound, tally, address, size)]).toEqual([]);
    expect(tally.checked).toBeGreaterThan(20);
  });
});
