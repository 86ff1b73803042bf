import { DIFF_MARKS } from '../src/output/text/unified.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { type ReplayItem, replay } from '../src/session/script/replay.ts';
import { READS_TRANSCRIPT } from '../src/session/state/confinement.ts';

export default defineCommand({
  name: 'replay',
  group: 'session',
  strings: 'text',
  summary: 'run a transcript again and show what differs',
  synopsis: '[-x] file',
  reach: READS_TRANSCRIPT,
  flags: {
    x: { help: 'run also what reaches beyond the dump: programs, scripts, files' },
  },
  operands: [{ name: 'file', kind: 'file', arity: '1', help: 'a transcript: txt, md or json' }],
  help: `Runs the commands of a transcript on this dump, one after the other, and shows
for those that answer differently how: lines of the transcript begin with -,
lines of now with +. It reads what "transcript" and "export" write as txt, md
or json, and also a session of crash or tscrash that was pasted into a file,
by its "crash> " prompts. When the transcript is of another dump, it says so.

The commands run in a session of their own, that begins with the context and
the settings of the transcript. A transcript may come from anywhere, so what
reaches beyond the dump is left out, and named: programs after ! and |, files
after > and <, rd -r, set error, js, extend. With -x these are run too: only
for a transcript that you trust. Commands about the session itself (h, out,
transcript ...) and those that never end (repeat) are always left out.

A script fails when anything differs (exit code 1).`,
  examples: [{ run: 'replay case-1234.md', on: '', shows: 'what is different on this dump' }],

  *run({ flags, operands }, context) {
    yield* replay(operands.file, context, { all: flags.x === true });
  },

  print(item: ReplayItem, out) {
    if (item.kind === 'difference') {
      out.line(`crash> ${item.line}`);
      for (const { kind, text } of item.difference) out.line(DIFF_MARKS[kind] + text);
      out.line();
    } else if (item.kind === 'left-out') out.line(`left out: ${item.line} (${item.why})`);
    else {
      const { run, same, different, leftOut } = item;
      out.line(`${run} run: ${same} the same, ${different} different; ${leftOut} left out`);
    }
  },
});
