import { latin1 } from '../base/bytes.ts';
import { readLog } from '../kernel/printk/log.ts';
import { knownWord } from '../kernel/search/known-words.ts';
import { hypervisor } from '../kernel/system/system.ts';
import { flippedBit } from './detectors/kernel-address.ts';
import { firstFault } from './detectors/pointer-fault.ts';
import type { Fact } from './facts.ts';
import { faultOf } from './scene/fault.ts';
import { attempt, type Scene } from './scene/scene.ts';

/** One sign that hardware, or software, is to blame. */
export interface HardwarePoint {
  /** Above 0 for hardware, below for software. */
  readonly points: number;
  readonly text: string;
}

/** Signs for hardware against signs for software. */
export interface HardwareScore {
  readonly score: number;
  readonly says: 'hardware-likely' | 'hardware-possible' | 'open' | 'software';
  readonly points: readonly HardwarePoint[];
}

const LIKELY = 6;
const POSSIBLE = 3;
const SOFTWARE = -3;

/**
 * The signs that speak for hardware or software, with their points (docs/analyze.md has the table and what it rests on).
 * Throws no CrashError.
 */
export function hardwareScore(scene: Scene, verdict: Fact): HardwareScore {
  const points = [
    ...recorded(verdict),
    ...ofTheWord(scene),
    ...ofTheLog(scene),
    ...ofTheMachine(scene),
  ];
  const score = points.reduce((sum, each) => sum + each.points, 0);
  const says =
    score >= LIKELY
      ? 'hardware-likely'
      : score >= POSSIBLE
        ? 'hardware-possible'
        : score <= SOFTWARE
          ? 'software'
          : 'open';
  return { score, says, points };
}

function* recorded({ class: name }: Fact): Generator<HardwarePoint> {
  if (name === 'machine-check')
    yield { points: 6, text: 'the processor recorded a fatal machine check' };
  if (name === 'poisoned-memory')
    yield { points: 5, text: 'the frame at the fault is marked as bad memory' };
  if (name === 'use-after-free') yield { points: -3, text: 'the object had been freed' };
}

function* ofTheWord(scene: Scene): Generator<HardwarePoint> {
  const entry = firstFault(scene);
  const fault = entry && attempt(() => faultOf(scene, entry));
  if (!fault?.base) return;
  const word = knownWord(fault.base.value);
  if (word?.kind === 'poison' || word?.kind === 'list-poison')
    yield { points: -4, text: `the word is ${word.text}, which the kernel writes` };
  if (word?.kind === 'text') yield { points: -2, text: `the word is ${word.text}` };
  if (!word && attempt(() => flippedBit(scene.target, fault)) !== undefined)
    yield { points: 2, text: 'one bit is between the word and the start of an object in use' };
}

const UNCORRECTED = /(?:EDAC|Hardware Error).*(?:\bUE\b|uncorrected|fatal|recoverable)/i;
const CORRECTED = /(?:EDAC|Hardware Error).*(?:\bCE\b|corrected)/i;

function* ofTheLog(scene: Scene): Generator<HardwarePoint> {
  let uncorrected = 0;
  let corrected = 0;
  for (const record of attempt(() => [...readLog(scene.target)]) ?? []) {
    if (!('text' in record)) continue;
    const text = latin1(record.text);
    if (UNCORRECTED.test(text) && !/\bcorrected/i.test(text)) uncorrected++;
    else if (CORRECTED.test(text)) corrected++;
  }
  if (uncorrected > 0)
    yield { points: 4, text: `the log has ${uncorrected} lines of uncorrected errors` };
  if (corrected > 0)
    yield { points: 1, text: `the log has ${corrected} lines of corrected errors` };
}

function* ofTheMachine({ target }: Scene): Generator<HardwarePoint> {
  const host = attempt(() => hypervisor(target));
  if (host !== undefined)
    yield { points: -2, text: `a virtual machine (${host}): its memory is its host's` };
}
