import { CrashError } from '../base/errors.ts';
import { LossLog } from '../kernel/core/losses.ts';
import type { Target } from '../kernel/core/target.ts';
import { DETECTORS } from './detectors/index.ts';
import { firstFault } from './detectors/pointer-fault.ts';
import { type Fact, fact, lowered } from './facts.ts';
import { type HardwareScore, hardwareScore } from './hardware.ts';
import { chooseFact, explains } from './rules/choose.ts';
import { earlierTrouble } from './rules/earlier.ts';
import { testimony } from './rules/witness.ts';
import { faultOf } from './scene/fault.ts';
import { attempt, type Scene, sceneOf } from './scene/scene.ts';

/** What a dump was found to have died of, before it is put in records. */
export interface Analysis {
  readonly scene: Scene;
  /** The cause; its certainty is final. */
  readonly verdict: Fact;
  /** What else was found. */
  readonly others: readonly Fact[];
  readonly hardware: HardwareScore;
  /** Lines of the log that speak of the verdict. */
  readonly quotes: readonly string[];
  /** Detectors that could not look, and parts of answers that were lost, with the reasons. */
  readonly skipped: readonly { readonly what: string; readonly reason: string }[];
}

/**
 * Finds what killed a machine, a step at a time: a caller may do other work between the steps. The same bytes give the
 * same analysis. Throws no CrashError.
 */
export function* analysisSteps(target: Target): Generator<void, Analysis> {
  const skipped: { what: string; reason: string }[] = [];
  const lost = new LossLog();
  const scene = target.losses.apart(lost, () => sceneOf(target));
  yield;
  const facts: Fact[] = [];
  for (const detector of DETECTORS) {
    try {
      for (const found of target.losses.apart(lost, () => [...detector.find(scene)]))
        facts.push(found);
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      skipped.push({ what: detector.name, reason: error.message });
    }
    yield;
  }
  const chosen =
    chooseFact(facts.filter(({ isAside }) => !isAside)) ??
    nothingFound(scene, skipped.length === 0 && lost.losses.length === 0);
  const finished = target.losses.apart(lost, () => withWitness(scene, chosen, skipped));
  for (const { what, reason } of lost.losses.slice(0, MOST_LOSSES)) skipped.push({ what, reason });
  return {
    scene,
    verdict: finished.verdict,
    others: facts.filter((each) => each !== chosen && !explains(chosen, each)),
    hardware: target.losses.apart(lost, () => hardwareScore(scene, chosen)),
    quotes: finished.quotes,
    skipped,
  };
}

/** Losses that are told; the commands that meet them tell all. */
const MOST_LOSSES = 8;

/** The analysis in one piece. Throws no CrashError. */
export const analysisOf = (target: Target): Analysis => target.memo(analyzeAll);

function analyzeAll(target: Target): Analysis {
  const steps = analysisSteps(target);
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

function nothingFound(scene: Scene, isWhole: boolean): Fact {
  if (!scene.isPanicKnown)
    return fact({
      class: 'unknown',
      certainty: 'possible',
      summary: 'what says whether the kernel panicked is not in the dump',
      evidence: [{ text: 'panic_cpu cannot be read', command: 'rd -32 panic_cpu' }],
      unchecked: ['whether the kernel panicked at all'],
    });
  if (!scene.hasPanicked)
    return fact({
      class: 'running',
      certainty: isWhole ? 'certain' : 'likely',
      summary: 'the kernel did not panic: it was running when the dump was taken',
      evidence: [{ text: 'no CPU has claimed to panic', command: 'bt -a' }],
      unchecked: isWhole ? [] : ['whether it hung: parts of the dump cannot be read (analyze -v)'],
    });
  return fact({
    class: 'unknown',
    certainty: 'possible',
    summary: 'the kernel panicked, and nothing that is known fits',
    evidence: [{ text: 'the panicking stack', command: 'bt' }],
    unchecked: [scene.problem ?? 'what the function that called panic() was about'],
  });
}

/** The verdict with what the log says of it, and with its final certainty. */
function withWitness(
  scene: Scene,
  chosen: Fact,
  skipped: { what: string; reason: string }[],
): { readonly verdict: Fact; readonly quotes: readonly string[] } {
  const entry = firstFault(scene);
  const fault = entry && attempt(() => faultOf(scene, entry));
  let quotes: readonly string[] = [];
  const unchecked = [...chosen.unchecked];
  const against = [...chosen.contradictions];
  try {
    const {
      quotes: lines,
      contradictions,
      isSilent,
    } = testimony(scene, chosen.class, {
      address: fault?.entry.kind === 'page-fault' ? fault.address : undefined,
      function: entry?.interrupted?.symbol,
    });
    quotes = lines;
    against.push(...contradictions);
    if (isSilent && scene.hasPanicked) unchecked.push('the log, which has no line of the death');
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    skipped.push({ what: 'log', reason: error.message });
    unchecked.push('the log, which cannot be read');
  }
  if (chosen.class !== 'running') against.push(...earlierTrouble(scene.target, chosen));
  const certainty = lowered(chosen.certainty, against.length);
  const summary = withPlace(chosen, quotes);
  return { verdict: { ...chosen, summary, certainty, unchecked, contradictions: against }, quotes };
}

/** Where the table of bugs is not in the dump, the log has the place in the source. */
function withPlace({ class: name, summary }: Fact, quotes: readonly string[]): string {
  if ((name !== 'bug' && name !== 'warning') || /\.[chS]:\d+/.test(summary)) return summary;
  const place = /(?:kernel BUG at|WARNING: .* at) (\S+\.[chS]:\d+)/.exec(quotes.join('\n'))?.[1];
  return place === undefined ? summary : `${summary}; the log names the place, ${place}`;
}
