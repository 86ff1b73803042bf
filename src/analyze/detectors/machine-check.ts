import { hex, type VAddr, va } from '../../base/address.ts';
import { onlineCpus, perCpuAddress } from '../../kernel/core/cpus.ts';
import type { KernelObject } from '../../kernel/core/object.ts';
import type { Target } from '../../kernel/core/target.ts';
import { backtrace } from '../../kernel/stacktrace/backtrace.ts';
import { cpuStacks } from '../../kernel/stacktrace/stacks.ts';
import { activeTasks } from '../../kernel/task/tasks.ts';
import { type Evidence, fact } from '../facts.ts';
import { frameNumber } from '../scene/chain.ts';
import { attempt, findCall } from '../scene/scene.ts';
import type { Detector } from './detector.ts';

/** The processor's own reports of broken hardware. */
export const machineCheck: Detector = {
  name: 'machine-check',
  looksFor: 'records of machine checks: per-CPU, and on the stacks of the CPUs that handle one',
  needs: ['symbols', 'stack', 'types'],
  *find(scene) {
    const handler = findCall(scene, 'mce_panic', 'do_machine_check', 'exc_machine_check');
    if (!handler) return;
    const records = attempt(() => [...machineChecks(scene.target)]) ?? [];
    records.sort((a, b) => severity(b) - severity(a) || a.cpu - b.cpu);
    const [worst] = records;
    yield fact({
      class: 'machine-check',
      certainty: 'certain',
      summary: `the processor reported a fatal hardware error${worst ? `: CPU ${worst.cpu}, ${statusText(worst.status)}` : ''}`,
      cpu: worst?.cpu ?? scene.cpu,
      evidence: [
        {
          text: `${handler.symbol}() panicked, frame ${frameNumber(handler)}`,
          command: 'bt',
          address: handler.sp,
        },
        ...records.slice(0, MOST_SHOWN).map(recordEvidence),
      ],
      unchecked: worst ? [] : ['the records of the banks: none is in the dump'],
    });
  },
};

/** A machine check record: struct mce, arch/x86/include/uapi/asm/mce.h. */
interface MachineCheck {
  readonly cpu: number;
  readonly address: VAddr;
  readonly status: bigint;
  readonly addr: bigint;
  readonly bank: number;
}

const MOST_SHOWN = 4;

/** IA32_MCi_STATUS: Intel SDM volume 3, 16.3.2.2. */
const STATUS_BITS: readonly (readonly [bit: bigint, name: string])[] = [
  [63n, 'valid'],
  [62n, 'overflow'],
  [61n, 'uncorrected'],
  [60n, 'enabled'],
  [58n, 'address valid'],
  [57n, 'context corrupt'],
  [56n, 'signalled'],
  [55n, 'action required'],
];
const bitOf = (status: bigint, bit: bigint): boolean => ((status >> bit) & 1n) === 1n;

/** Broadcasts reach CPUs that have nothing to report: valid and uncorrected beats them. */
const severity = ({ status }: MachineCheck): number =>
  STATUS_BITS.filter(([bit]) => bit !== 62n && bitOf(status, bit)).length;

const statusText = (status: bigint): string => {
  const names = STATUS_BITS.filter(([bit]) => bitOf(status, bit)).map(([, name]) => name);
  return `status ${hex(status)} (${names.join(', ')}), ${codeText(Number(status & 0xffffn))}`;
};

/** Compound error codes: Intel SDM volume 3, 16.9.2. */
function codeText(code: number): string {
  const level = ['0', '1', '2', 'generic'][code & 3];
  if ((code & 0xef00) === 0x0100) return `cache hierarchy, level ${level}`;
  if ((code & 0xeff0) === 0x0010) return `TLB, level ${level}`;
  if ((code & 0xef80) === 0x0080) return 'memory controller';
  if ((code & 0xe800) === 0x0800) return 'bus or interconnect';
  return `code ${code.toString(16)}`;
}

const recordEvidence = (record: MachineCheck): Evidence => ({
  text: `CPU ${record.cpu}, bank ${record.bank}: ${statusText(record.status)}${bitOf(record.status, 58n) ? `, physical address ${hex(record.addr)}` : ''}`,
  command: `struct mce ${hex(record.address)}`,
  address: record.address,
  value: record.status,
});

/** The records of all CPUs: in mces_seen, and on the stacks of those that handle a machine check. */
function* machineChecks(target: Target): Generator<MachineCheck> {
  const seen = new Set<string>();
  for (const cpu of onlineCpus(target).slice(0, MAX_CPUS)) {
    for (const record of [...perCpuRecord(target, cpu), ...stackRecords(target, cpu)]) {
      const key = `${record.cpu} ${record.bank} ${record.status} ${record.addr}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield record;
    }
  }
}
const MAX_CPUS = 1024;

function readRecord(mce: KernelObject, cpu: number): MachineCheck | undefined {
  const status = mce.big('status');
  if (!bitOf(BigInt.asUintN(64, status), 63n)) return undefined;
  return {
    cpu: mce.has('extcpu') ? mce.num('extcpu') : cpu,
    address: mce.address,
    status: BigInt.asUintN(64, status),
    addr: BigInt.asUintN(64, mce.big('addr')),
    bank: mce.num('bank'),
  };
}

function* perCpuRecord(target: Target, cpu: number): Generator<MachineCheck> {
  if (target.findSymbol('mces_seen') === undefined) return;
  const record = attempt(() =>
    readRecord(target.object('mce', perCpuAddress(target, 'mces_seen', cpu)), cpu),
  );
  if (record) yield record;
}

/** do_machine_check keeps its record on the stack: there it is told by its own CPU number and bank. */
function* stackRecords(target: Target, cpu: number): Generator<MachineCheck> {
  const task = activeTasks(target).get(cpu);
  const trace = task && attempt(() => backtrace(target, task));
  const frame = trace?.frames.find(({ symbol }) => /^do_machine_check/.test(symbol ?? ''));
  if (!frame) return;
  const stack = cpuStacks(target, cpu).find(({ base, top }) => frame.sp >= base && frame.sp < top);
  if (!stack) return;
  const size = BigInt(target.types.sizeof('mce'));
  const from = frame.sp - FRAME_REACH > stack.base ? frame.sp - FRAME_REACH : stack.base;
  for (let at = from; at + size <= stack.top; at += 8n) {
    const record = attempt(() => readRecord(target.object('mce', va(at)), cpu));
    if (record && record.cpu === cpu && record.bank < MAX_BANKS && isStatus(record.status)) {
      yield record;
      return;
    }
  }
}
/** How far below its frame a local variable of do_machine_check can lie. */
const FRAME_REACH = 2048n;
/** MAX_NR_BANKS, arch/x86/include/asm/mce.h. */
const MAX_BANKS = 64;

/** A kernel pointer has its upper bits all set: a status word does not. */
const isStatus = (status: bigint): boolean => status >> 47n !== 0x1ffffn;
