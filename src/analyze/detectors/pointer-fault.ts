import { hex, type VAddr, va } from '../../base/address.ts';
import { errorOfPointer, knownWord } from '../../kernel/search/known-words.ts';
import { nameWord } from '../../kernel/text/word-names.ts';
import type { Evidence, Fact } from '../facts.ts';
import { fact } from '../facts.ts';
import { subjectOf, tellingCalls } from '../scene/chain.ts';
import { type Entry, isFault } from '../scene/entries.ts';
import { type Fault, faultOf, valueOfWord } from '../scene/fault.ts';
import type { Scene } from '../scene/scene.ts';
import { type ObjectAt, slabObjectAt } from '../scene/slab-object.ts';
import { wordMeaning } from '../scene/word-meaning.ts';
import type { Detector } from './detector.ts';

/** Pointers that led nowhere, by what the register held. */
export const pointerFault: Detector = {
  name: 'pointer-fault',
  looksFor: 'what the register of the faulting instruction held',
  needs: ['symbols', 'stack'],
  *find(scene) {
    const entry = firstFault(scene);
    if (!entry || !POINTER_FAULTS.has(entry.kind)) return;
    const fault = faultOf(scene, entry);
    if (fault.access === 'execute' || fault.address === undefined) return;
    for (const recognise of RECOGNISERS) {
      const found = recognise(scene, fault, fault.address);
      if (!found) continue;
      yield { ...found, evidence: [...instructionEvidence(scene, fault), ...found.evidence] };
      return;
    }
  },
};

const POINTER_FAULTS: ReadonlySet<Entry['kind']> = new Set([
  'page-fault',
  'general-protection',
  'stack-segment',
]);

/** The exception that led to the panic: the innermost one, unless an interrupt came after. */
export const firstFault = ({ entries }: Scene): Entry | undefined => {
  const [first] = entries;
  return first && isFault(first) ? first : undefined;
};

/** The function that a fault is blamed on: the first that is no handler and no check. */
export const faultSubject = ({ entry }: Fault): string | undefined =>
  subjectOf(tellingCalls(entry.outer)[0]);

type Recogniser = (scene: Scene, fault: Fault, address: VAddr) => Fact | undefined;

const RECOGNISERS: readonly Recogniser[] = [
  freedObject,
  listPoison,
  poison,
  errorPointer,
  nullPointer,
  nonCanonical,
  userPointer,
];

/** The instruction, its operand, and where its pointer comes from. */
export function instructionEvidence({ target }: Scene, fault: Fault): Evidence[] {
  const { ip, text, base, address, access, entry } = fault;
  const where = entry.interrupted?.symbol ?? hex(ip);
  const evidence: Evidence[] = [];
  const value = base?.value;
  const holds = base ? `, %${registerText(base.register)} = ${hex(base.value)}` : '';
  evidence.push({
    text: `${where}: ${text ?? 'code that is not in the dump'}${holds}: ${ACCESS[access]} ${address === undefined ? '?' : hex(address)}`,
    command: `dis -r ${hex(ip)}`,
    address: ip,
    value,
  });
  if (fault.origin && entry.interrupted) {
    const name = nameWord(target, fault.origin, entry.interrupted.name);
    evidence.push({
      text: `%${registerText(base?.register ?? '')} is ${name.text} of ${where}`,
      command: `dis ${where}`,
      address: ip,
      value,
    });
  }
  const meaning = value === undefined || value === 0n ? undefined : wordMeaning(target, value);
  if (meaning !== undefined && base)
    evidence.push({
      text: `${hex(base.value)} is ${meaning}`,
      command: commandFor(base.value),
      value: base.value,
    });
  return evidence;
}

/** A pattern is seen in the registers; what is pointed to, at its place. */
const commandFor = (value: bigint): string =>
  knownWord(value) || value <= 0xffff_ffffn ? 'bt' : `kmem ${hex(value)}`;

const ACCESS = { read: 'reads', write: 'writes', execute: 'runs' } as const;

/** `di` -> `rdi`, `r12` -> `r12`. */
export const registerText = (name: string): string => (/^r\d/.test(name) ? name : `r${name}`);

const isNear = (address: bigint): boolean => address < 4096n;

/** The word was read from an object that is free. */
function freedObject(scene: Scene, fault: Fault): Fact | undefined {
  const { target } = scene;
  const found = sourceObject(scene, fault) ?? pointedObject(scene, fault);
  if (!found?.object.isFree) return undefined;
  const { object, at } = found;
  const word = fault.base && knownWord(fault.base.value);
  const filled = word?.kind === 'poison' || target.kernel.tryWord(at) === fault.base?.value;
  const what = `an object of ${object.cache} at ${hex(object.object)}`;
  return fact({
    class: 'use-after-free',
    certainty: word?.kind === 'poison' ? 'certain' : 'likely',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} used ${what} after it was freed`,
    evidence: [
      {
        text: `${what} is free${object.held ? ` (${object.held})` : ''}`,
        command: `kmem ${hex(object.object)}`,
        address: object.object,
      },
      ...(word && filled
        ? [
            {
              text: `the word at offset 0x${object.offset.toString(16)} is ${word.text}: ${word.why}`,
              command: `rd ${hex(at)}`,
              address: at,
              value: fault.base?.value,
            },
          ]
        : []),
    ],
    unchecked:
      word?.kind === 'poison' ? [] : ['whether the object was freed before or after the fault'],
  });
}

interface Source {
  readonly object: ObjectAt;
  /** Where the word was read from. */
  readonly at: VAddr;
}

/** The object that the base register's word was loaded from. */
function sourceObject({ target }: Scene, fault: Fault): Source | undefined {
  const { origin } = fault;
  const loaded = origin?.kind === 'sum' ? origin.of : origin;
  if (loaded?.kind !== 'loaded') return undefined;
  const at = valueOfWord(target, fault, loaded.at);
  const object = at === undefined ? undefined : slabObjectAt(target, at);
  return object && at !== undefined ? { object, at: va(at) } : undefined;
}

/** An object that another register points to, and that has the word: where the code's flow does not say it. */
function pointedObject({ target }: Scene, fault: Fault): Source | undefined {
  const word = fault.base?.value;
  if (word === undefined || knownWord(word)?.kind !== 'poison') return undefined;
  for (const value of Object.values(fault.entry.registers.values)) {
    if (value === undefined || value === word) continue;
    const object = slabObjectAt(target, value);
    if (!object?.isFree) continue;
    if (target.kernel.tryWord(va(value)) === word) return { object, at: va(value) };
  }
  return undefined;
}

function listPoison(_: Scene, fault: Fault): Fact | undefined {
  const word = fault.base && knownWord(fault.base.value);
  if (word?.kind !== 'list-poison' || !/list/.test(fault.entry.interrupted?.name ?? ''))
    return undefined;
  return fact({
    class: 'list-corruption',
    certainty: 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} removed an entry from a list twice: it holds ${word.text}`,
  });
}

function poison(scene: Scene, fault: Fault, address: VAddr): Fact | undefined {
  const word = fault.base && knownWord(fault.base.value);
  if (!word || (word.kind !== 'poison' && word.kind !== 'list-poison')) return undefined;
  // Small constants of old kernels are addresses of users too.
  if (scene.target.arch.isUser(address) && word.offset !== 0) return undefined;
  return fact({
    class: 'poison-pointer',
    certainty: 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} followed ${word.text}: ${word.why}`,
    unchecked: ['which object the pattern was read from: no register has its address'],
  });
}

function errorPointer(_: Scene, fault: Fault): Fact | undefined {
  const value = fault.base?.value;
  const error = value === undefined ? undefined : errorOfPointer(value);
  const word = value === undefined ? undefined : knownWord(value);
  if (error === undefined || !word) return undefined;
  return fact({
    class: 'error-pointer',
    certainty: 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} used the error ${word.text} as a pointer`,
    unchecked: ['which call returned the error, and why its result was not tested'],
  });
}

function nullPointer(scene: Scene, fault: Fault, address: VAddr): Fact | undefined {
  const { base, origin, operand } = fault;
  if (!isNear(address) && !(base?.value === 0n && address < 0x1_0000n)) return undefined;
  const member = base?.value === 0n ? memberOf(scene, fault, Number(address)) : undefined;
  const place = member ?? `offset 0x${hex(address)} of a NULL pointer`;
  const what = address === 0n && member === undefined ? 'a NULL pointer' : place;
  const isIndexed = operand?.index !== undefined && base?.value === 0n;
  return fact({
    class: 'null-pointer',
    certainty: isIndexed && origin === undefined ? 'likely' : 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} ${fault.access === 'write' ? 'wrote to' : 'read'} ${what}${member === undefined ? '' : `, and ${member.split('->')[0]} was NULL`}`,
    evidence: [],
    unchecked: ['why the pointer was NULL: no copy of what it should have been is known'],
  });
}

/** The member at an offset of what the base register should have pointed to, by the function's prototype. */
function memberOf({ target }: Scene, fault: Fault, offset: number): string | undefined {
  const { origin, entry } = fault;
  if (!origin || !entry.interrupted) return undefined;
  const at = {
    kind: 'loaded',
    at: { kind: 'sum', of: origin, plus: BigInt(offset) },
    size: 8,
  } as const;
  const { text, type } = nameWord(target, at, entry.interrupted.name);
  return type === undefined ? undefined : text;
}

function nonCanonical({ target }: Scene, fault: Fault, address: VAddr): Fact | undefined {
  if (target.arch.isCanonical(address)) return undefined;
  const word = fault.base && knownWord(fault.base.value);
  return fact({
    class: 'non-canonical',
    certainty: 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} used ${hex(address)}, which is no address: ${word ? word.text : 'its upper bits are not all equal'}`,
    unchecked: ['where the word comes from'],
  });
}

function userPointer({ target, task }: Scene, fault: Fault, address: VAddr): Fact | undefined {
  if (!target.arch.isUser(address)) return undefined;
  const whose = task?.mm === 0n ? 'a kernel thread, which has no user memory' : 'the task';
  return fact({
    class: 'user-pointer',
    certainty: 'certain',
    subject: faultSubject(fault),
    summary: `${faultSubject(fault) ?? 'the kernel'} used the user address ${hex(address)} without copying from user space; it ran for ${whose}`,
    evidence: [
      {
        text: `${hex(address)} lies in the user half`,
        command: `vtop -u ${hex(address)}`,
        address,
      },
    ],
    unchecked: [],
  });
}
