import { describe, expect, test } from 'vitest';
import { defineImage, type Story } from '../../dumps/build/image.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import { runTranscript } from '../../dumps/transcript.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openBytes } from '../dumps/open-image.ts';
import { cpuTime, unitOfEffort } from '../run/effort.ts';

/** The healthy machine with something wrong in its memory, or in what its note says. */
interface Malice {
  readonly damage: (story: Story) => void;
  readonly vmcoreinfo?: readonly string[];
  /** What meets the damage, and must end in an answer or in an error of its own. */
  readonly lines: readonly string[];
  /** A pattern in the answers, where a certain word is due. */
  readonly says?: RegExp;
}

const BASH = 731;
const ESCAPE = '\u001b[2J\u001b]0;owned\u0007';
const word = (story: Story, name: string, value: bigint): void => {
  const { machine } = story.kernel;
  machine.writeU64(machine.symbol(name), value);
};

const MALICE: Readonly<Record<string, Malice>> = {
  'a page table that points to itself': {
    damage({ kernel: { machine } }) {
      const at = 0xffffb06580000000n;
      machine.tables.setEntry(at, 39, BigInt(machine.tables.root) | 0x67n);
    },
    lines: ['vtop ffffb06580014000', `bt ${BASH}`, 'kmem -v', 'bt -a'],
  },
  'a page table beyond the end of memory': {
    damage({ kernel: { machine } }) {
      machine.tables.setEntry(0xffffb06580000000n, 39, 0x000f_ffff_ffff_f067n);
    },
    lines: ['vtop ffffb06580014000', `bt ${BASH}`, 'foreach bt'],
  },
  'a list of tasks that points at itself': {
    damage({ task, tasks }) {
      const at = task(BASH).thing.at('tasks');
      tasks.kernel.machine.writeU64(at, at);
      tasks.kernel.machine.writeU64(
        task(1).thing.at('children'),
        task(1).thing.at('children') + 8n,
      );
    },
    lines: ['ps', 'ps -c 1', 'ps -p 731', 'foreach task -R pid'],
    says: /731/,
  },
  'a pid tree whose node holds itself': {
    damage({ kernel: { machine } }) {
      const root = machine
        .thing('pid_namespace', machine.symbol('init_pid_ns'))
        .get('idr.idr_rt.xa_head');
      const node = machine.thing('xa_node', root & ~3n);
      for (let slot = 0; slot < 64; slot++) node.set({ [`slots[${slot}]`]: root });
    },
    lines: ['ps', 'foreach bt'],
    says: /bash/,
  },
  'a pid tree with a shift of 255': {
    damage({ kernel: { machine } }) {
      const root = machine
        .thing('pid_namespace', machine.symbol('init_pid_ns'))
        .get('idr.idr_rt.xa_head');
      machine.thing('xa_node', root & ~3n).set({ shift: 255 });
    },
    lines: ['ps'],
    says: /bash/,
  },
  'a task whose name repaints the terminal': {
    damage({ task }) {
      task(BASH).thing.set({ comm: ESCAPE.slice(0, 15) });
    },
    lines: ['ps', `bt ${BASH}`, `task ${BASH} -R comm`, `set ${BASH}`, `sig ${BASH}`],
    says: /\\x1b|\\033/,
  },
  'a log that repaints the terminal': {
    damage({ kernel: { machine } }) {
      const ring = machine.thing('printk_ringbuffer', machine.symbol('printk_rb_static'));
      machine.write(ring.get('text_data_ring.data') + 8n, Buffer.from(ESCAPE, 'latin1'));
    },
    lines: ['log', 'log -m', 'log -T'],
    says: /\.\[2J/,
  },
  'a log ring of 2^63 descriptors': {
    damage({ kernel: { machine } }) {
      const ring = machine.thing('printk_ringbuffer', machine.symbol('printk_rb_static'));
      ring.set({ 'desc_ring.count_bits': 63, 'text_data_ring.size_bits': 62 });
    },
    lines: ['log'],
  },
  'a log ring whose numbers run backwards': {
    damage({ kernel: { machine } }) {
      const ring = machine.thing('printk_ringbuffer', machine.symbol('printk_rb_static'));
      const tail = ring.get('desc_ring.tail_id.counter');
      ring.set({
        'desc_ring.tail_id.counter': ring.get('desc_ring.head_id.counter'),
        'desc_ring.head_id.counter': tail,
      });
    },
    lines: ['log'],
  },
  'log texts that lie outside their ring': {
    damage({ kernel: { machine } }) {
      const ring = machine.thing('printk_ringbuffer', machine.symbol('printk_rb_static'));
      const descs = ring.get('desc_ring.descs');
      for (let i = 0n; i < 4n; i++)
        machine
          .thing('prb_desc', descs + i * 24n)
          .set({ 'text_blk_lpos.begin': 0x7fff_ffff_ffff_fff8n, 'text_blk_lpos.next': 8n });
    },
    lines: ['log'],
  },
  'a maple tree whose node is its own child': {
    damage({ task }) {
      const mm = task(BASH).mm?.thing;
      if (!mm) throw new Error('bash has an mm');
      const root = mm.get('mm_mt.ma_root');
      const node = mm.memory.types.has('maple_range_64') ? root & ~0xffn : 0n;
      // An inner node, every slot of which is itself.
      const inner = node | (2n << 3n) | 2n;
      for (let slot = 0n; slot < 16n; slot++)
        mm.memory.write(
          node + 8n + 15n * 8n + slot * 8n,
          Buffer.from(new BigUint64Array([inner]).buffer),
        );
      mm.set({ 'mm_mt.ma_root': inner });
    },
    lines: [`vm ${BASH}`, `vtop -c ${BASH} 55d0c0a00000`, `files ${BASH}`, 'ps'],
  },
  'dentries that are each other\u2019s parents': {
    damage({ files }) {
      const [a, b] = [files.dentry('/usr/bin'), files.dentry('/usr')];
      b.set({ d_parent: a });
    },
    lines: [`vm ${BASH}`, `files ${BASH}`, `vtop -c ${BASH} 55d0c0a00000`],
  },
  'a name of four thousand million letters': {
    damage({ files }) {
      files.dentry('/usr/bin/bash').set({ 'd_name.len': 0xffffffff });
    },
    lines: [`vm ${BASH}`, `vtop -c ${BASH} 55d0c0a00000`],
  },
  'a freelist that comes back to itself': {
    damage({ kernel }) {
      const cache = kernel.slabs.cache('inode_cache');
      const slab = cache.slabs.at(-1);
      const [free] = slab ? kernel.slabs.freeList(cache, slab) : [];
      if (free === undefined) throw new Error('no inode is free');
      const at = free + BigInt(cache.freeOffset);
      kernel.machine.writeU64(at, kernel.slabs.encode(cache, free, at));
    },
    lines: ['kmem -s inode_cache', 'kmem -S inode_cache', 'kmem -s'],
    says: /duplicate freelist object/,
  },
  'a list of slab caches that runs into itself': {
    damage({ kernel: { machine, slabs } }) {
      const at = machine.thing('kmem_cache', slabs.cache('pid').address).at('list');
      machine.writeU64(at, at);
    },
    lines: ['kmem -s', 'kmem -s pid', 'kmem ffff9d4240170000'],
  },
  'a cache of objects of no size': {
    damage({ kernel: { machine, slabs } }) {
      machine.thing('kmem_cache', slabs.cache('pid').address).set({ size: 0, 'oo.x': 0xffffffff });
    },
    lines: ['kmem -s', 'kmem -S pid'],
  },
  'a free area that loops': {
    damage({ kernel: { machine } }) {
      const node = machine.thing('pglist_data', machine.readU64(machine.symbol('node_data')));
      for (let order = 0; order < 11; order++) {
        const head = machine.readU64(node.at(`node_zones[1].free_area[${order}].free_list[1]`));
        machine.writeU64(head, head);
      }
    },
    lines: ['kmem -f', 'kmem -F', 'kmem -i'],
  },
  'modules that point at each other and not at their list': {
    damage({ modules, kernel: { machine } }) {
      const at = modules.get('kestrel_net')?.thing.at('list') ?? 0n;
      machine.writeU64(at, at);
    },
    lines: ['mod', 'sym -m kestrel_net', 'bt 94'],
  },
  'a module of two thousand million symbols': {
    damage({ modules }) {
      modules.get('kestrel_net')?.thing.set({ 'core_kallsyms.num_symtab': 0x7fffffff });
    },
    lines: ['mod', 'sym -m kestrel_net', 'bt 94', 'sym kestrel_poll'],
  },
  'a module of four gigabytes': {
    damage({ modules }) {
      modules.get('kestrel_net')?.thing.set({ 'core_layout.size': 0xffffffff });
    },
    lines: ['mod', 'bt 94'],
  },
  'a kernel of four thousand million CPUs': {
    damage(story) {
      const { machine } = story.kernel;
      machine.write(machine.symbol('nr_cpu_ids'), Uint8Array.of(255, 255, 255, 255));
      machine.write(machine.symbol('__cpu_present_mask'), new Uint8Array(1024).fill(255));
    },
    lines: ['sys', 'ps', 'kmem -o', 'runq'],
  },
  'a run queue whose tree loops': {
    damage({ kernel: { machine }, task }) {
      const node = task(1208).thing.at('se.run_node');
      const rq = machine.thing('rq', machine.perCpuAt('runqueues', 0));
      rq.set({ 'cfs.tasks_timeline.rb_root.rb_node': node });
      machine.thing('rb_node', node).set({ rb_left: node, rb_right: node });
    },
    lines: ['runq'],
  },
  'a stack of return addresses into one function': {
    damage({ task, kernel }) {
      const { stackRange } = task(BASH);
      const ip = kernel.text.resolve('schedule+0x5e');
      const words = new BigUint64Array(Number(stackRange.top - stackRange.base) / 8 - 1).fill(ip);
      kernel.machine.write(stackRange.base + 8n, new Uint8Array(words.buffer));
    },
    lines: [`bt ${BASH}`, `bt -t ${BASH}`, `bt -f ${BASH}`, 'foreach bt'],
  },
  'a stack pointer that is nowhere': {
    damage({ task }) {
      task(BASH).thing.set({ 'thread.sp': 0xdead000000000100n });
      task(94).thing.set({ 'thread.sp': 0xfffffffffffffff8n });
    },
    lines: [`bt ${BASH}`, 'bt 94', 'foreach bt'],
  },
  'vmalloc areas that loop': {
    damage(story) {
      const { machine } = story.kernel;
      const first = machine.readU64(machine.symbol('vmap_area_list'));
      machine.writeU64(first, first);
    },
    lines: ['kmem -v', 'kmem ffffb06580014000'],
  },
  'a memory map of sections that are nowhere': {
    damage(story) {
      word(story, 'mem_section', 0xffff000000000000n);
      const { machine } = story.kernel;
      machine.write(machine.vmemmapBase, new Uint8Array(4096).fill(0xff));
    },
    lines: ['kmem -n', 'kmem -p', 'kmem -i', 'vtop ffff9d4240170000'],
  },
  'clocks from before the beginning': {
    damage(story) {
      word(story, 'jiffies_64', 0n);
      const { machine } = story.kernel;
      machine
        .thing('timekeeper', machine.symbol('shadow_timekeeper'))
        .set({ xtime_sec: 0x7fff_ffff_ffff_ffffn });
    },
    lines: ['sys', 'log -T', 'ps -t', 'timer'],
  },
  'notes full of garbage': {
    damage() {},
    vmcoreinfo: [
      'SYMBOL(kallsyms_num_syms)=zz',
      'SIZE(page)=-1',
      '=',
      'NUMBER(',
      'OFFSET(page.flags)=99999999999999999999999',
      'LENGTH(mem_section)=1e9',
      'SIZE(mem_section)=0',
      'CRASHTIME=tomorrow',
      `OSRELEASE=${ESCAPE}`,
      'NUMBER(SECTION_SIZE_BITS)=-3',
      'LENGTH(node_data)=18446744073709551615',
    ],
    lines: ['sys', 'ps', 'kmem -i', 'kmem -n', 'bt -a', 'help -D'],
  },
  'kallsyms that count four thousand million symbols': {
    damage() {},
    vmcoreinfo: ['SYMBOL(kallsyms_num_syms)=ffffffff9e600008'],
    lines: ['sys', 'ps', 'bt -a', 'sym schedule'],
  },
  'kallsyms whose names never end': {
    damage() {},
    vmcoreinfo: ['SYMBOL(kallsyms_names)=ffffffff9e600400'],
    lines: ['sys', 'ps', 'sym schedule', 'sym -l'],
  },
};

/** Commands that a script would run one after another; none may be a bug, and none may take long. */
async function answers(target: Target, lines: readonly string[]): Promise<string> {
  const exchanges = await runTranscript(target, lines);
  return exchanges
    .map(({ command, lines: said }) => [`crash> ${command}`, ...said].join('\n'))
    .join('\n');
}

const BUG = /internal error|bug of tscrash|report this|TypeError|RangeError/i;
const unit = unitOfEffort();
/** What a terminal would act on. */
const ACTS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

describe('a dump with', () => {
  test.each(Object.entries(MALICE))('%s is read as far as it goes', async (_, malice) => {
    const image = defineImage({
      ...healthy.spec,
      damage: malice.damage,
      ...(malice.vmcoreinfo ? { vmcoreinfo: malice.vmcoreinfo } : {}),
    });
    const target = openBytes(image.build().kdump({ packing: 'raw' }));
    const before = cpuTime();
    const text = await answers(target, malice.lines);
    expect((cpuTime() - before) / unit).toBeLessThan(500);
    expect(text).not.toMatch(BUG);
    expect(text).not.toMatch(ACTS);
    if (malice.says) expect(text).toMatch(malice.says);
  });
});
