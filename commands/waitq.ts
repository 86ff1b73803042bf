import { hex, type VAddr, va } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { waiters } from '../src/kernel/sched/wait-queues.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import { CommandError, defineCommand, plain, UsageOnly } from '../src/session/command/command.ts';
import { isNumber, parseHexAddress } from '../src/session/line/numbers.ts';
import type { Session } from '../src/session/state/session.ts';

export default defineCommand({
  name: 'waitq',
  group: 'kernel',
  summary: 'list tasks queued on a wait queue',
  synopsis: ' [ symbol ] | [ struct.member struct_addr ] | [ address ]',
  raw: true,
  flags: {},
  operands: [
    {
      name: 'queue',
      kind: 'text',
      completion: ['symbol'],
      arity: '*',
      help: 'a symbol, an address, or a member and its structure',
    },
  ],
  help: [
    'Shows the tasks that wait on a wait queue. A symbol names one, an address is',
    'one, and a member of a structure holds one: waitq pglist_data.kswapd_wait and',
    'the address of a pglist_data.',
  ].join('\n'),
  examples: [
    {
      run: 'waitq signal_struct.wait_chldexit ffff898b81209b00',
      on: 'null-pointer',
      shows: 'who waits for a child of init',
    },
  ],

  *run({ words }, { target, session }) {
    const [word, address, ...rest] = words;
    if (word === undefined || rest.length > 0) throw new UsageOnly('');
    const found = queueOf(word, address, target, session);
    if (typeof found === 'string') {
      yield plain(found);
      return;
    }
    const { queue, name } = found;
    let isEmpty = true;
    for (const { task } of waiters(target, queue)) {
      isEmpty = false;
      if (task) yield { task };
    }
    if (isEmpty) yield plain(`wait queue ${name} is empty`);
  },

  print({ task }: { readonly task: Task }, out) {
    out.line(taskHeader(task));
  },
});

interface Queue {
  readonly queue: VAddr;
  readonly name: string;
}

/** The queue that the words name, or a string with the error. */
function queueOf(
  word: string,
  address: string | undefined,
  target: Target,
  session: Session,
): Queue | string {
  const dot = word.indexOf('.');
  if (dot > 0) {
    const [type, member] = [word.slice(0, dot), word.slice(dot + 1)];
    const path = target.types.has(type) ? target.findMember(type, member) : undefined;
    if (!path) return `${member} is not a member of ${type}`;
    if (address === undefined) return `must supply an address for ${type}`;
    const queue = va(parseHexAddress(address) + BigInt(path.offset));
    return { queue, name: hex(queue) };
  }
  if (address !== undefined) throw new UsageOnly('');
  const symbol = session.findSymbol(word);
  if (symbol !== undefined) return { queue: va(symbol), name: `"${word}" (${hex(symbol)})` };
  if (!isNumber(word)) {
    throw new CommandError(`cannot resolve "${word}"`, { fault: { kind: 'symbol', word } });
  }
  const queue = parseHexAddress(word);
  return { queue, name: hex(queue) };
}
