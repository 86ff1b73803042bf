/**
 * A worked extension: processes by their number of threads, and how much of their stacks the busiest thread has used.
 *
 *   crash> extend docs/extensions/threads.js
 *   crash> threads -m 2
 *   crash> threads --help
 *
 * Its default export is a function that is given the parts in docs/api.md. It returns a command, or a list of them.
 */
export default ({ version, CommandError, defineCommand, stateCode, taskTable }) => {
  if (version < 1) throw new CommandError('threads needs a later tscrash');
  return defineCommand({
    name: 'threads',
    group: 'task',
    summary: 'processes by their number of threads',
    synopsis: '[-m count]',
    flags: { m: { value: 'count', help: 'only those with so many threads' } },
    operands: [],
    help: 'Shows every process with its number of threads, and what states they are in.',
    examples: [{ run: 'threads -m 2', on: '', shows: 'the processes that have threads' }],

    // What cannot be read is a loss of the target: it is said behind the answer, and the exit code is 1.
    // Records are facts: what --json prints, and what js and other programs are given.
    *run({ flags }, { target }) {
      const groups = new Map();
      const { tasks } = taskTable(target);
      for (const task of tasks) groups.set(task.tgid, [...(groups.get(task.tgid) ?? []), task]);
      for (const [tgid, threads] of groups) {
        if (threads.length < (flags.m ?? 1)) continue;
        const states = [...new Set(threads.map(({ state }) => stateCode(state)))];
        yield { tgid, comm: threads[0].comm, threads: threads.length, states };
      }
    },

    // One record as a line. `out` writes to where the line's output goes: a terminal, a pipe, a file.
    print({ tgid, comm, threads, states }, out) {
      out.line(
        `${String(tgid).padStart(7)} ${String(threads).padStart(5)}  ${states.join(' ')}  ${comm}`,
      );
    },
  });
};
