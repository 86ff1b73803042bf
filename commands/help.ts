import { defineCommand, failed, type Notice, plain } from '../src/session/command/command.ts';
import { commandHelp, helpScreen, topicHelp } from '../src/session/help/help.ts';

export default defineCommand({
  name: 'help',
  group: 'session',
  strings: 'text',
  summary: 'get help',
  synopsis: '[command | all] [-<option>]',
  raw: true,
  flags: {},
  operands: [
    {
      name: 'command',
      kind: 'command',
      completion: ['command', 'topic'],
      arity: '*',
      help: 'a command, all, input, output or keys',
    },
  ],
  help: `Without words, lists the commands. With the name of a command, or of an
alias, explains it. "help all" explains every one; "help input" and "help
output" speak of command lines, pipes and files, "help keys" of the terminal.
"help -n" shows the dump's own header, "help -r" the registers that it has,
"help -m", "-t" and "-v" what is known of machine, tasks and memory, under
crash's names; "help -o" where symbols and types come from, in the order in
which they are asked.`,

  *run({ words }, { commands, session }): Generator<HelpRecord | Notice> {
    if (words.length === 0) {
      yield { topic: undefined, text: helpScreen(commands, session.version).join('\n') };
    }
    for (const word of words) {
      const name = session.aliases.find(word)?.words[0] ?? word;
      const command = commands.get(name);
      if (word === 'all') {
        for (const each of commands.values()) yield helpOf(each.name, commandHelp(each));
      } else if (command) yield helpOf(name, commandHelp(command));
      else {
        const topic = topicHelp(word, session);
        if (topic) yield helpOf(word, topic);
        else {
          yield plain(`No help data for "${word}" is available.`);
          yield failed({ kind: 'help', word });
        }
      }
    }
  },

  print({ text }: HelpRecord, out) {
    out.line(text);
  },
});

interface HelpRecord {
  /** A command or another topic; undefined for the list of the commands. */
  readonly topic: string | undefined;
  readonly text: string;
}

const helpOf = (topic: string, lines: readonly string[]): HelpRecord => ({
  topic,
  text: lines.join('\n'),
});
