import { hex, va } from '../../base/address.ts';
import { knownWord } from '../../kernel/search/known-words.ts';
import { type Evidence, fact } from '../facts.ts';
import { subjectOf, tellingCalls } from '../scene/chain.ts';
import { faultOf } from '../scene/fault.ts';
import type { Scene } from '../scene/scene.ts';
import { slabObjectAt } from '../scene/slab-object.ts';
import type { Detector } from './detector.ts';
import { firstFault } from './pointer-fault.ts';

/** A call or return that led to what is no code. */
export const jump: Detector = {
  name: 'jump',
  looksFor: 'an instruction pointer outside of all code',
  needs: ['symbols', 'stack'],
  *find(scene) {
    const entry = firstFault(scene);
    if (!entry || !JUMP_FAULTS.has(entry.kind)) return;
    const fault = faultOf(scene, entry);
    if (fault.access !== 'execute') return;
    const { target } = scene;
    // Code whose table of names is missing is no wild jump.
    if (target.symbols.isText(fault.ip)) return;
    // The chain begins with the place that was jumped to; what lies there has no caller but the return address.
    const [caller] = tellingCalls(entry.outer);
    const subject = subjectOf(caller);
    const word = knownWord(fault.ip);
    yield fact({
      class: 'wild-jump',
      certainty: caller && !caller.doubtful ? 'certain' : 'likely',
      subject,
      summary: `${subject ?? 'the kernel'} jumped to ${fault.ip === 0n ? 'address 0' : hex(fault.ip)}, which is no code${word ? ` (${word.text})` : ''}`,
      evidence: [
        {
          text: `the instruction pointer is ${hex(fault.ip)}${fault.walk && fault.walk.outcome !== 'mapped' ? ', which nothing maps' : ''}`,
          command: `vtop ${hex(fault.ip)}`,
          address: fault.ip,
        },
        ...sources(scene, entry.registers.values, fault.ip),
      ],
      unchecked: ['who wrote the pointer'],
    });
  },
};

const JUMP_FAULTS: ReadonlySet<string> = new Set([
  'page-fault',
  'general-protection',
  'invalid-opcode',
  'control-protection',
]);

/** How much of an object is searched for the word. */
const MAX_OBJECT = 4096;

/** Objects in registers that hold the address that was jumped to: a function pointer of theirs. */
function* sources({ target }: Scene, values: object, ip: bigint): Generator<Evidence> {
  const seen = new Set<bigint>();
  for (const value of Object.values(values) as (bigint | undefined)[]) {
    const found = value === undefined ? undefined : slabObjectAt(target, value);
    if (!found || seen.has(found.object)) continue;
    seen.add(found.object);
    const { pointerSize } = target.arch;
    for (let at = 0; at < MAX_OBJECT; at += pointerSize) {
      const address = va(found.object + BigInt(at));
      if (slabObjectAt(target, address)?.object !== found.object) break;
      if (target.kernel.tryWord(address) !== ip) continue;
      yield {
        text: `an object of ${found.cache} at ${hex(found.object)} has the word at offset 0x${at.toString(16)}${found.isFree ? '; the object is free' : ''}`,
        command: `rd ${hex(address)}`,
        address,
        value: ip,
      };
      break;
    }
  }
}
