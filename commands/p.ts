import { defineCommand } from '../src/session/command/command.ts';
import { type PrintRecord, printLines, printValues } from '../src/shared/print-values.ts';

export default defineCommand({
  name: 'p',
  group: 'symbol',
  summary: 'print the value of an expression',
  synopsis: '[-x|-d][-u] [expression | symbol[:cpuspec]]',
  raw: true,
  flags: {
    x: { help: 'numbers in hexadecimal' },
    d: { help: 'numbers in decimal' },
    u: { help: "user addresses are of the current context's user space" },
    h: { hidden: true, help: 'the same as -x' },
  },
  operands: [
    {
      name: 'expression',
      kind: 'expression',
      arity: '*',
      help: 'a C expression, or a variable with :cpus where it is per CPU',
    },
  ],
  help: `Evaluates a C expression over the types and the memory of the dump: casts,
sizeof, & * -> . [], arithmetic, comparison, ?:, and container_of, offsetof
and per_cpu. Answers are numbered; $3 is the third, $ the last. A letter after
p/ or /, one of x d u o t c z a f s, chooses the form: p/x init_task.flags.
The types of functions and per-CPU variables are in the dump, those of other
variables are known for the ones in daily use; any other is cast to its type:
p *(struct list_head *)0xffffffff82a3c4e0, or p (struct list_head)my_list.`,
  examples: [
    { run: 'p jiffies', on: '', shows: 'a variable' },
    { run: 'p runqueues:a', on: '', shows: 'a variable of every CPU' },
    { run: 'p init_task.tasks.next', on: '', shows: 'a member' },
    { run: 'p/x sizeof(struct page)*16', on: '', shows: 'arithmetic, in hexadecimal' },
  ],
  *run({ words }, context) {
    yield* printValues(words, context);
  },
  print(record: PrintRecord, out) {
    for (const line of printLines(record)) out.line(line);
  },
});
