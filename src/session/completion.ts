import { BadCommandLine } from './options.ts';

const OPTIONS = [
  '-s',
  '-i',
  '-c',
  '--command',
  '--echo',
  '--json',
  '--sample',
  '--color',
  '--simple',
  '--no-crashrc',
  '--completion',
  '-h',
  '--help',
  '-v',
  '--version',
];

const SCRIPTS: Record<string, string> = {
  bash: `_tscrash() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  case $before in
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$word")); return ;;
    --completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$word")); return ;;
    --sample) COMPREPLY=($(compgen -W "$(tscrash --sample)" -- "$word")); return ;;
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '${OPTIONS.join(' ')}' -- "$word"))
  else COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _tscrash tscrash
`,
  zsh: `#compdef tscrash
_arguments '-s[no banner]' '*-i[run a file of commands]:file:_files' '*'{-c,--command}'[run one line]:line:' \\
  '--echo[print each line]' '--json[records as JSON]' '--sample[open a bundled dump]:name:($(tscrash --sample))' \\
  '--color[when to colour]:when:(auto always never)' '--simple[a plain line editor]' '--no-crashrc[do not read rc files]' \\
  '--completion[print a completion script]:shell:(bash zsh fish)' '(-h --help)'{-h,--help}'[help]' \\
  '(-v --version)'{-v,--version}'[version]' '*:file:_files'
`,
  fish: `complete -c tscrash -s s -d 'no banner'
complete -c tscrash -s i -r -F -d 'run a file of commands'
complete -c tscrash -s c -l command -x -d 'run one line'
complete -c tscrash -l echo -d 'print each line'
complete -c tscrash -l json -d 'records as JSON'
complete -c tscrash -l sample -x -a '(tscrash --sample)' -d 'open a bundled dump'
complete -c tscrash -l color -x -a 'auto always never' -d 'when to colour'
complete -c tscrash -l simple -d 'a plain line editor'
complete -c tscrash -l no-crashrc -d 'do not read rc files'
complete -c tscrash -l completion -x -a 'bash zsh fish' -d 'print a completion script'
complete -c tscrash -s h -l help -d help
complete -c tscrash -s v -l version -d version
`,
};

/** A completion script for the program's own options. Throws BadCommandLine for a shell we do not know. */
export function completionScript(shell: string): string {
  const script = SCRIPTS[shell];
  if (script === undefined)
    throw new BadCommandLine(`no completion for ${shell}: bash, zsh and fish are known`);
  return script;
}
