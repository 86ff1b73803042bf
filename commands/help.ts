import { defineCommand, plain } from '../src/session/command/command.ts';
import { commandHelp, helpScreen, topicHelp } from '../src/session/help/help.ts';

export default defineCommand({
  name: 'help',
  group: 'session',
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
"help -n" shows the dump's own header.`,

  *run({ words }, { commands, session }) {
    if (words.length === 0) yield* helpScreen(commands, session.version).map(plain);
    for (const word of words) {
      const name = session.aliases.find(word)?.words[0] ?? word;
      const command = commands.get(name);
      if (word === 'all') {
        for (const each of commands.values()) yield* commandHelp(each).map(plain);
      } else if (command) yield* commandHelp(command).map(plain);
      else {
        const topic = topicHelp(word, session);
        if (topic) yield* topic.map(plain);
        else {
          yield {
            ...plain(`No help data for "${word}" is available.`),
            fault: { kind: 'help', word },
          };
        }
      }
    }
  },

  print() {},
});
