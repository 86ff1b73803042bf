import { hex, pa, type VAddr, va } from '../../base/address.ts';
import { latin1 } from '../../base/bytes.ts';
import type { Target } from '../../kernel/core/target.ts';
import { physToVirt } from '../../kernel/mm/address-map.ts';
import { userSpaceOf } from '../../kernel/mm/translate.ts';
import { readLog } from '../../kernel/printk/log.ts';
import { backtrace } from '../../kernel/stacktrace/backtrace.ts';
import { activeTasks, type Task } from '../../kernel/task/tasks.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import { type Evidence, fact } from '../facts.ts';
import { type Call, callsOf, subjectOf, tellingCalls } from '../scene/chain.ts';
import { faultOf } from '../scene/fault.ts';
import { attempt, type Scene } from '../scene/scene.ts';
import { frameOutOfSequence } from '../scene/sequence.ts';
import type { Detector } from './detector.ts';
import { isPoisoned } from './kernel-address.ts';
import { firstFault, instructionEvidence } from './pointer-fault.ts';

/** A page moved away while another CPU walked the page tables to it. */
export const migration: Detector = {
  name: 'migration',
  looksFor:
    'a page walk that faulted while another CPU moved a page, and huge pages out of sequence',
  needs: ['symbols', 'stack', 'tasks', 'types'],
  *find(scene) {
    const entry = firstFault(scene);
    const walker = entry?.outer.slice(0, 6).find(({ name }) => WALKERS.test(name));
    if (!entry || !walker) return;
    const mover = findMover(scene);
    const moved = attempt(() => [...movedPages(scene, entry.registers.values)]) ?? [];
    const poisoned = attempt(() => poisonedPages(scene.target)) ?? 0;
    if (!mover && moved.length === 0) return;
    const isWhole = mover !== undefined && moved.length > 0;
    yield fact({
      class: 'migration-race',
      certainty: isWhole ? 'likely' : 'possible',
      subject: subjectOf(tellingCalls(entry.outer)[0]),
      summary: `${walker.symbol}() walked page tables that another CPU was changing: a huge page moved away from bad memory under it`,
      evidence: [
        ...instructionEvidence(scene, faultOf(scene, entry)),
        ...(mover
          ? [
              {
                text: `${mover.task.comm} (${mover.task.pid}) moves a page: ${mover.chain}`,
                command: `bt ${mover.task.pid}`,
                address: mover.call.sp,
              },
            ]
          : []),
        ...moved,
        ...(attempt(() => [...badFrames(scene)]) ?? []),
        ...(poisoned > 0
          ? [
              {
                text: `${poisoned} pages are marked as bad memory`,
                command: 'p num_poisoned_pages',
              },
            ]
          : []),
      ],
      unchecked: [
        'the race itself leaves no trace: both sides are shown, not their order',
        ...(mover ? [] : ['who moved the page: no CPU was found doing it']),
        ...(moved.length > 0 ? [] : ['which page moved: no huge page is out of sequence']),
      ],
    });
  },
};

/** Page walks without locks: mm/gup.c, mm/pagewalk.c, and their callers in KVM. */
const WALKERS =
  /^(?:gup_\w+|internal_get_user_pages_fast|__?get_user_pages_fast\w*|get_user_pages\w*|follow_\w+|walk_\w+|lockless_pages_from_mm|pin_user_pages\w*)$/;
/** mm/migrate.c, mm/memory-failure.c. */
const MOVERS =
  /^(?:migrate_pages\w*|unmap_and_move\w*|soft_offline_\w+|memory_failure\w*|remove_migration_pte\w*|migrate_huge_page\w*|__soft_offline\w*)$/;

interface Mover {
  readonly task: Task;
  readonly call: Call;
  /** The functions of its stack that say something, innermost first. */
  readonly chain: string;
}

/** Functions of the moving task that are named. */
const CHAIN = 6;

function findMover({ target, task }: Scene): Mover | undefined {
  for (const [, other] of [...activeTasks(target)].slice(0, MAX_CPUS)) {
    if (other.address === task?.address || other.pid === 0) continue;
    const trace = attempt(() => backtrace(target, other));
    const calls = trace ? callsOf(target, trace) : [];
    const call = calls.find(({ name }) => MOVERS.test(name));
    if (!call) continue;
    const chain = tellingCalls(calls.slice(calls.indexOf(call)))
      .slice(0, CHAIN)
      .map(({ name }) => name)
      .join(' < ');
    return { task: other, call, chain };
  }
  return undefined;
}
const MAX_CPUS = 4096;

/** Huge pages that registers lead to, and that are not where their neighbours say. */
function* movedPages({ target, task }: Scene, values: object): Generator<Evidence> {
  const space = task && userSpaceOf(target, task);
  if (!space) return;
  const seen = new Set<bigint>();
  for (const value of Object.values(values) as (bigint | undefined)[]) {
    if (value === undefined || value < 0x10000n || !target.arch.isUser(va(value))) continue;
    const found = hugeEntry(target, space, va(value));
    if (!found || seen.has(found.address)) continue;
    seen.add(found.address);
    yield found.evidence;
  }
}

function hugeEntry(
  target: Target,
  space: AddressSpace,
  address: VAddr,
): { readonly address: VAddr; readonly evidence: Evidence } | undefined {
  const wrong = frameOutOfSequence(target, space, address);
  if (!wrong) return undefined;
  const at = physToVirt(target, pa(wrong.at));
  return {
    address: at,
    evidence: {
      text: `the ${wrong.level} entry ${hex(at)} of ${hex(address)} maps the frame ${hex(wrong.frame)}; its neighbours' sequence says ${hex(wrong.expected)}: the page has moved`,
      command: `vtop -u ${hex(address)}`,
      address: at,
      value: wrong.entry,
    },
  };
}

/** Frames of which the log has an error: whether memory has them as bad. CPER's section of memory errors, UEFI appendix N. */
function* badFrames({ target }: Scene): Generator<Evidence> {
  const seen = new Set<number>();
  for (const record of readLog(target)) {
    const found =
      'text' in record ? /physical_address: 0x([0-9a-f]{1,16})/.exec(latin1(record.text)) : null;
    if (!found) continue;
    const pfn = target.pfnOf(pa(BigInt(`0x${found[1]}`)));
    if (seen.has(pfn) || seen.size >= MOST_FRAMES) continue;
    seen.add(pfn);
    const isBad = isPoisoned(target, pfn);
    const frame = hex(target.pfnAddress(pfn));
    yield {
      text: `the log has a memory error in the frame ${frame}${isBad ? ', which is marked as bad memory (PG_hwpoison)' : ''}`,
      command: `kmem -p ${frame}`,
    };
  }
}
const MOST_FRAMES = 4;

function poisonedPages(target: Target): number {
  const symbol = target.findSymbol('num_poisoned_pages');
  return symbol === undefined ? 0 : Number(target.kernel.u64(symbol));
}
