import type { VAddr } from '../base/address.ts';
import { onlineCpus } from '../kernel/core/cpus.ts';
import type { Target } from '../kernel/core/target.ts';
import { panicMessage } from '../kernel/panic/message.ts';
import { utsname } from '../kernel/system/utsname.ts';
import { kernelTaints } from '../kernel/taints.ts';
import { uptimeSeconds, wallClock } from '../kernel/time/clock.ts';
import type { Analysis } from './analyze.ts';
import { firstFault } from './detectors/pointer-fault.ts';
import type { Fact } from './facts.ts';
import type {
  AnalysisRecord,
  EvidenceRecord,
  IdentityRecord,
  SignatureRecord,
  StackRecord,
  SuspectRecord,
  VerdictRecord,
} from './records.ts';
import { type Call, subjectOf } from './scene/chain.ts';
import { isFault } from './scene/entries.ts';
import { faultOf } from './scene/fault.ts';
import { attempt, type Scene } from './scene/scene.ts';
import { signatureOf } from './signature.ts';

/** An analysis as records, in the order of the screen. */
export function* reportOf(target: Target, analysis: Analysis): Generator<AnalysisRecord> {
  yield identityOf(target, analysis);
  yield verdictOf(analysis);
  yield* evidenceOf(analysis);
  for (const other of analysis.others) yield suspectOf(other);
  yield signatureRecord(analysis);
  for (const { what, reason } of analysis.skipped) yield { kind: 'skipped', what, reason };
}

function identityOf(target: Target, { skipped }: Analysis): IdentityRecord {
  const names = attempt(() => utsname(target));
  const health = [
    ...target.warnings,
    ...(skipped.length > 0 ? [`${skipped.length} parts could not be looked at: analyze -v`] : []),
  ];
  return {
    kind: 'identity',
    release: names?.release ?? target.vmcoreinfo.osrelease,
    machine: names?.machine,
    nodename: names?.nodename,
    time: attempt(() => wallClock(target)),
    uptime: attempt(() => uptimeSeconds(target)),
    cpus: attempt(() => onlineCpus(target).length),
    taints: attempt(() => kernelTaints(target).letters.trim()),
    message: attempt(() => panicMessage(target)) ?? '',
    health,
  };
}

function verdictOf({ scene, verdict }: Analysis): VerdictRecord {
  const { task } = scene;
  const own = verdict.task ?? (verdict.class === 'running' ? undefined : task);
  return {
    kind: 'verdict',
    class: verdict.class,
    certainty: verdict.certainty,
    subject: verdict.subject,
    summary: verdict.summary,
    task: own && { pid: own.pid, comm: own.comm, address: own.address },
    cpu: verdict.cpu ?? (verdict.class === 'running' ? undefined : scene.cpu),
    instruction: instructionOf(scene),
    stack: verdict.class === 'running' ? [] : stackOf(scene, verdict),
    contradictions: verdict.contradictions,
    unchecked: verdict.unchecked,
    next: nextCommands(verdict),
  };
}

function instructionOf(scene: Scene): string | undefined {
  const entry = firstFault(scene);
  return entry && attempt(() => faultOf(scene, entry).text);
}

/** Frames of a screen: a recursion has hundreds. */
const MOST_FRAMES = 16;

function stackOf({ calls }: Scene, { subject }: Fact): readonly StackRecord[] {
  const guilty =
    subject === undefined ? undefined : calls.find((call) => subjectOf(call) === subject);
  const end = Math.max(MOST_FRAMES, guilty ? calls.indexOf(guilty) + 2 : 0);
  return calls.slice(0, end).map((call) => stackRecord(call, call === guilty));
}

const stackRecord = (call: Call, isGuilty: boolean): StackRecord => ({
  frame: call.isTailCall ? undefined : call.frame.index,
  function: call.symbol,
  module: call.module,
  address: call.ip,
  isGuilty,
  isEntry: call.registers !== undefined,
  isTailCall: call.isTailCall,
  isDoubtful: call.doubtful,
});

/** How many commands a reader is given to go on with. */
const MOST_NEXT = 3;

function nextCommands({ evidence }: Fact): readonly string[] {
  const commands = new Set(evidence.map(({ command }) => command));
  commands.add('bt -f');
  commands.add('log');
  return [...commands].slice(0, MOST_NEXT);
}

function* evidenceOf({ verdict, quotes }: Analysis): Generator<EvidenceRecord> {
  for (const { text, command, address, value } of verdict.evidence)
    yield { kind: 'evidence', source: 'memory', text, run: command, address, value };
  for (const text of quotes) {
    yield {
      kind: 'evidence',
      source: 'log',
      text,
      run: 'log',
      address: noAddress,
      value: undefined,
    };
  }
}
const noAddress: VAddr | undefined = undefined;

const suspectOf = (fact: Fact): SuspectRecord => ({
  kind: 'suspect',
  class: fact.class,
  certainty: fact.certainty,
  subject: fact.subject,
  text: fact.summary,
  run: fact.evidence[0]?.command,
});

function signatureRecord({ scene, verdict }: Analysis): SignatureRecord {
  const [entry] = scene.entries;
  const calls = entry && (isFault(entry) || entry.kind === 'interrupt') ? entry.outer : scene.calls;
  return { kind: 'signature', ...signatureOf(verdict, verdict.class === 'running' ? [] : calls) };
}
