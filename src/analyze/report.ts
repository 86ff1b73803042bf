import { type VAddr, va } from '../base/address.ts';
import type { Target } from '../kernel/core/target.ts';
import { panicMessage } from '../kernel/panic/message.ts';
import { backtrace } from '../kernel/stacktrace/backtrace.ts';
import { utsname } from '../kernel/system/utsname.ts';
import { kernelTaints } from '../kernel/taints.ts';
import { cpuCount, taskAt } from '../kernel/task/tasks.ts';
import { uptimeSeconds, wallClock } from '../kernel/time/clock.ts';
import type { Analysis } from './analyze.ts';
import { firstFault } from './detectors/pointer-fault.ts';
import type { Fact } from './facts.ts';
import { BUILT_IN_RULES } from './known/built-in.ts';
import { knownIssues } from './known/match.ts';
import type { IssueRule, KnownIssue } from './known/rule.ts';
import type {
  AnalysisRecord,
  Earlier,
  EvidenceRecord,
  IdentityRecord,
  StackRecord,
  SuspectRecord,
  VerdictRecord,
} from './records.ts';
import { type Call, callsOf, subjectOf, waitingCalls } from './scene/chain.ts';
import { isFault } from './scene/entries.ts';
import { faultOf } from './scene/fault.ts';
import { attempt, type Scene } from './scene/scene.ts';
import { type Signature, signatureOf } from './signature.ts';

/** What stands beside the dump: rules of known issues, and earlier deaths. */
export interface Memory {
  readonly rules: readonly IssueRule[];
  /** Earlier deaths of the same signature; undefined where nobody keeps them. */
  earlier?(signature: Signature): Earlier | undefined;
}

/** An analysis as records, in the order of the screen. */
export function* reportOf(
  target: Target,
  analysis: Analysis,
  memory: Memory = { rules: BUILT_IN_RULES },
): Generator<AnalysisRecord> {
  const identity = identityOf(target, analysis.skipped);
  yield identity;
  yield verdictOf(analysis, knownIssues(analysis, identity.release, memory.rules));
  yield* evidenceOf(analysis);
  for (const other of analysis.others) yield suspectOf(other);
  const signature = signatureOfAnalysis(analysis);
  yield { kind: 'signature', ...signature, earlier: memory.earlier?.(signature) };
  const { skipped } = analysis;
  for (const { what, reason } of skipped) yield { kind: 'skipped', what, reason };
  if (skipped.length > 0)
    target.losses.report({
      what: 'part that the verdict could rest on',
      count: skipped.length,
      reason: 'analyze -v names what could not be looked at',
    });
}

/** What dump this is. `skipped`: what the analysis could not look at. */
export function identityOf(target: Target, skipped: Analysis['skipped']): IdentityRecord {
  const part = <T>(what: string, read: (target: Target) => T): T | undefined =>
    target.losses.ifThere(what, undefined, () => read(target));
  const names = part('name of the machine', utsname);
  const health = [
    ...target.warnings,
    ...(skipped.length > 0
      ? [
          `${skipped.length} ${skipped.length === 1 ? 'part' : 'parts'} could not be looked at: analyze -v`,
        ]
      : []),
  ];
  return {
    kind: 'identity',
    release: names?.release ?? target.vmcoreinfo.osrelease,
    machine: names?.machine,
    nodename: names?.nodename,
    time: part('time', wallClock),
    uptime: part('uptime', uptimeSeconds),
    cpus: part('count of CPUs', cpuCount),
    taints: part('taint', (of) => kernelTaints(of).letters.trim()),
    message: part('panic message', panicMessage) ?? '',
    health,
  };
}

function verdictOf(
  { scene, verdict, hardware }: Analysis,
  known: readonly KnownIssue[],
): VerdictRecord {
  const { task } = scene;
  const calls = callsOfVerdict(scene, verdict);
  const isPanic = verdict.class !== 'running';
  const own = verdict.task ?? (isPanic ? task : undefined);
  return {
    kind: 'verdict',
    class: verdict.class,
    certainty: verdict.certainty,
    subject: verdict.subject,
    summary: verdict.summary,
    task: own && { pid: own.pid, comm: own.comm, address: own.address },
    cpu: verdict.cpu ?? (isPanic && isOfScene(scene, verdict) ? scene.cpu : undefined),
    instruction: instructionOf(scene),
    stack: isPanic ? stackOf(calls, verdict) : [],
    contradictions: verdict.contradictions,
    unchecked: verdict.unchecked,
    hardware,
    known: known.map(({ rule: { id, title, text, link }, certainty }) => ({
      id,
      title,
      text,
      link,
      certainty,
    })),
    next: nextCommands(verdict),
  };
}

function instructionOf(scene: Scene): string | undefined {
  const entry = firstFault(scene);
  return entry && attempt(() => faultOf(scene, entry).text);
}

/** Frames of a screen: a recursion has hundreds. */
const MOST_FRAMES = 16;

function stackOf(calls: readonly Call[], { subject, task }: Fact): readonly StackRecord[] {
  const named = calls.find((call) => subject !== undefined && subjectOf(call) === subject);
  const guilty = named ?? (task ? waitingCalls(calls)[0] : undefined);
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

/** The signature of a verdict. */
export function signatureOfAnalysis({ scene, verdict }: Analysis): Signature {
  const [entry] = scene.entries;
  const isOwn = isOfScene(scene, verdict);
  const within =
    entry && (isFault(entry) || entry.kind === 'interrupt') ? entry.outer : scene.calls;
  const calls = isOwn ? within : waitingCalls(callsOfVerdict(scene, verdict));
  return signatureOf(verdict, verdict.class === 'running' ? [] : calls);
}

/** Whether a verdict is about the task that panicked. */
const isOfScene = ({ task }: Scene, { task: own }: Fact): boolean =>
  own === undefined || own.address === task?.address;

/** The chain of the task that a verdict is about: of one that waited, not of the watchdog that noticed. */
function callsOfVerdict(scene: Scene, verdict: Fact): readonly Call[] {
  if (isOfScene(scene, verdict)) return scene.calls;
  const { target } = scene;
  const task = attempt(() => taskAt(target, verdict.task?.address ?? va(0)));
  const trace = task && attempt(() => backtrace(target, task));
  return trace ? callsOf(target, trace) : [];
}
