import { OPTIONS, type ProgramOption } from './option-list.ts';
import { BadCommandLine } from './options.ts';

/** A word to complete with, and its description. */
export interface Described {
  readonly name: string;
  readonly summary: string;
}

/** The words of a completion script. */
export interface CompletionFacts {
  /** Words with which a line of `-c` can begin. */
  readonly commands: readonly Described[];
  /** The bundled dumps. */
  readonly samples: readonly Described[];
}

const SCRIPTS: Record<string, (facts: CompletionFacts) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * A completion script for the program's options, their values and the first words of command lines, made of the
 * declarations. Throws BadCommandLine for an unknown shell.
 */
export function completionScript(shell: string, facts: CompletionFacts): string {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (!script) throw new BadCommandLine(`no completion for ${shell}: bash, zsh and fish are known`);
  return script(facts);
}

const shown = (): readonly ProgramOption[] => OPTIONS.filter(({ hidden }) => !hidden);
/** `-c` and `--command`. */
const namesOf = ({ short, long }: ProgramOption): string[] => [
  ...(short === undefined ? [] : [`-${short}`]),
  ...(long === undefined ? [] : [`--${long}`]),
];
/** The values of an option; undefined for a file. */
function wordsOf({ value, words }: ProgramOption, facts: CompletionFacts) {
  if (words) return words.map((name): Described => ({ name, summary: '' }));
  if (value === 'LINE') return lineWords(facts);
  if (value === 'NAME') return facts.samples;
  return undefined;
}
/** A shell would read the command `*` as a pattern. */
const lineWords = ({ commands }: CompletionFacts): readonly Described[] =>
  commands.filter(({ name }) => /^\w+$/.test(name));
/** In single quotes, for all three shells; single quotes in the text are left out. */
const quoted = (text: string): string => `'${text.replace(/['\\]/g, '')}'`;
const joined = (words: readonly Described[]): string => quoted(words.map((w) => w.name).join(' '));

/** A word in quotes (`-c 'b`) arrives with its quote; `--color=a` arrives as three words. */
function bashScript(facts: CompletionFacts): string {
  const cases = shown().flatMap((option) => {
    const words = wordsOf(option, facts);
    return words ? [`    ${namesOf(option).join('|')}) words=${joined(words)} ;;`] : [];
  });
  return `# bash completion of tscrash: source <(tscrash --completion bash)
_tscrash() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  [[ $word == = ]] && word=
  [[ $before == = ]] && before=\${COMP_WORDS[COMP_CWORD-2]}
  COMPREPLY=()
  case $before in
${cases.join('\n')}
    *) [[ $word == -* ]] && words=${quoted(shown().flatMap(namesOf).join(' '))} ;;
  esac
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "\${word#[\\'\\"]}")); fi
}
complete -o default -F _tscrash tscrash
`;
}

const forZsh = (text: string): string => text.replace(/[:[\]]/g, '\\$&');
function zshScript(facts: CompletionFacts): string {
  const lists = { LINE: lineWords(facts), NAME: facts.samples };
  const functions = Object.entries(lists).map(
    ([name, words]) => `_tscrash_${name}() {
  local -a words=(
${words.map((word) => `    ${quoted(described(word))}`).join('\n')}
  )
  _describe ${name.toLowerCase()} words
}`,
  );
  const rows = shown().map((option) => {
    const names = namesOf(option);
    const star = option.repeat ? "'*'" : names.length > 1 ? `'(${names.join(' ')})'` : '';
    // The value may follow a blank or an equals sign.
    const forms = names.map((name) =>
      option.value !== undefined && name.startsWith('--') ? `${name}=` : name,
    );
    const head = forms.length > 1 ? `{${forms.join(',')}}` : forms[0];
    return `    ${star}${head}${quotedZsh(option)}`;
  });
  return `#compdef tscrash
# zsh completion of tscrash: source <(tscrash --completion zsh)
${functions.join('\n')}
_tscrash() {
  _arguments -s \\
${rows.join(' \\\n')} \\
    '*:dump:_files'
}
if [ "$funcstack[1]" = _tscrash ]; then _tscrash "$@"; else compdef _tscrash tscrash; fi
`;
}
const described = ({ name, summary }: Described): string =>
  summary === '' ? name.replace(/:/g, '\\:') : `${name.replace(/:/g, '\\:')}:${summary}`;
function quotedZsh({ help, value, optional, words }: ProgramOption): string {
  const text = `[${forZsh(help).replace(/['\\](?![:[\]])/g, '')}]`;
  if (value === undefined) return `'${text}'`;
  const action = words
    ? `(${words.join(' ')})`
    : value === 'LINE'
      ? '_tscrash_LINE'
      : value === 'NAME'
        ? '_tscrash_NAME'
        : '_files';
  return `'${text}${optional ? '::' : ':'}${value.toLowerCase()}:${action}'`;
}

function fishScript(facts: CompletionFacts): string {
  const rows = shown().map((option) => {
    const { short, long, value, help } = option;
    const words = wordsOf(option, facts);
    return [
      'complete -c tscrash',
      short && `-s ${short}`,
      long && `-l ${long}`,
      words ? `-x -a ${option.words ? joined(words) : `"(__tscrash_${value})"`}` : value && '-r -F',
      `-d ${quoted(help)}`,
    ]
      .filter(Boolean)
      .join(' ');
  });
  const list = (name: string, words: readonly Described[]): string =>
    `function __tscrash_${name}
    printf '%s\\t%s\\n' ${words.map((w) => `${quoted(w.name)} ${quoted(w.summary)}`).join(' \\\n        ')}
end`;
  return `# fish completion of tscrash: tscrash --completion fish | source
${list('LINE', lineWords(facts))}
${list('NAME', facts.samples)}
${rows.join('\n')}
`;
}
