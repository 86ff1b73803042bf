/** One row of the key sheet. Chords are written as emacs does: `C-a` is Ctrl-a, `M-f` is Alt-f, `S-tab` Shift-Tab. */
export interface KeyRow {
  /** The editor's action, by its name there. */
  readonly action?: string;
  readonly keys: readonly string[];
  readonly help: string;
}

/** The keys of the prompt. The keymap is made of these rows alone; vi's insert mode has them too. */
export const EDITING_KEYS = [
  { action: 'submit', keys: ['enter', 'C-j'], help: 'run the line' },
  { action: 'newline', keys: ['M-enter'], help: 'a further line in the same block' },
  { action: 'cancel', keys: ['C-c', 'C-g'], help: 'clear the line; stop a running command' },
  {
    action: 'delete-or-leave',
    keys: ['C-d'],
    help: 'delete a character; leave an empty line',
  },
  { action: 'suspend', keys: ['C-z'], help: 'stop tscrash; fg brings it back' },
  { action: 'refresh', keys: ['C-l'], help: 'draw the prompt again' },

  { action: 'complete', keys: ['tab'], help: 'complete the word; again, choose' },
  { action: 'complete-back', keys: ['S-tab'], help: 'choose backwards' },
  { action: 'history-previous', keys: ['C-p'], help: 'the line before that begins alike' },
  { action: 'history-next', keys: ['C-n'], help: 'the line after that begins alike' },
  { action: 'up', keys: ['up'], help: 'up in a block, else the line before' },
  { action: 'down', keys: ['down'], help: 'down in a block, else the line after' },
  { action: 'history-search', keys: ['C-r'], help: 'search the history' },
  { action: 'last-argument', keys: ['M-.', 'M-_'], help: 'the last word of the line before' },
  { action: 'pick-address', keys: ['M-a'], help: 'pick an address of the last output' },
  { action: 'help-word', keys: ['f1'], help: 'help on the command' },
  { action: 'key-sheet', keys: ['M-?'], help: 'this sheet' },

  { action: 'char-left', keys: ['left', 'C-b'], help: 'a character left' },
  { action: 'char-right', keys: ['right', 'C-f'], help: 'a character right; take the ghost text' },
  { action: 'word-left', keys: ['M-b', 'C-left', 'M-left'], help: 'a word left' },
  {
    action: 'word-right',
    keys: ['M-f', 'C-right', 'M-right'],
    help: 'a word right, also of the ghost text',
  },
  { action: 'line-start', keys: ['C-a', 'home'], help: 'the start of the line' },
  { action: 'line-end', keys: ['C-e', 'end'], help: 'the end of the line; take the ghost text' },
  { action: 'text-start', keys: ['M-<', 'C-home'], help: 'the start of the block' },
  { action: 'text-end', keys: ['M->', 'C-end'], help: 'the end of the block' },

  { action: 'delete-back', keys: ['backspace', 'C-h'], help: 'delete the character before' },
  { action: 'delete-forward', keys: ['delete'], help: 'delete the character after' },
  { action: 'kill-word-back', keys: ['M-backspace', 'C-backspace'], help: 'cut the word before' },
  { action: 'kill-word-forward', keys: ['M-d', 'C-delete'], help: 'cut the word after' },
  { action: 'kill-blank-word', keys: ['C-w'], help: 'cut back to a blank' },
  { action: 'kill-to-end', keys: ['C-k'], help: 'cut to the end of the line' },
  { action: 'kill-to-start', keys: ['C-u'], help: 'cut to the start of the line' },
  { action: 'yank', keys: ['C-y'], help: 'put back what was cut' },
  { action: 'yank-older', keys: ['M-y'], help: 'after that: what was cut before it' },
  { action: 'undo', keys: ['C-_'], help: 'undo' },
  { action: 'redo', keys: ['M-r'], help: 'redo' },
  { action: 'transpose', keys: ['C-t'], help: 'swap two characters' },
  { action: 'upper-word', keys: ['M-u'], help: 'the word in capitals' },
  { action: 'lower-word', keys: ['M-l'], help: 'the word in lower case' },
  { action: 'capital-word', keys: ['M-c'], help: 'the word with a capital' },
  { action: 'comment', keys: ['M-#'], help: 'enter the line as a comment' },
] as const satisfies readonly KeyRow[];

/** vi's own keys, after Escape. The other keys work there too. */
const VI_KEYS: readonly KeyRow[] = [
  { keys: ['i', 'a', 'I', 'A'], help: 'insert here, after, at the start, at the end' },
  { keys: ['h', 'l', '0', '^', '$'], help: 'left, right, start, first letter, end' },
  { keys: ['w', 'b', 'e', 'W', 'B', 'E'], help: 'by words; by blanks' },
  { keys: ['fx', 'Fx', 'tx', 'Tx', ';', ','], help: 'to the letter x; again; the other way' },
  { keys: ['d', 'c', 'y'], help: 'cut, change, copy by a motion; dd the line' },
  { keys: ['x', 'X', 's', 'S', 'C', 'D', 'Y'], help: 'the usual short forms' },
  { keys: ['rx', '~'], help: 'replace by x; the other case' },
  { keys: ['p', 'P', 'u', '.'], help: 'put after, before; undo; again' },
  { keys: ['k', 'j', '-', '+', '/'], help: 'older, newer line; search the history' },
  { keys: ['#'], help: 'enter the line as a comment' },
];
const MENU_KEYS: readonly KeyRow[] = [
  { keys: ['tab', 'S-tab', 'down', 'up'], help: 'the next, the one before' },
  { keys: ['enter', 'right'], help: 'take it' },
  { keys: ['escape'], help: 'close' },
];
const SEARCH_KEYS: readonly KeyRow[] = [
  { keys: ['C-r', 'C-s', 'up', 'down'], help: 'older and newer matches' },
  { keys: ['tab'], help: 'this dump, all dumps, this session' },
  { keys: ['enter', 'right'], help: 'run it; edit it first' },
  { keys: ['escape', 'C-g'], help: 'back to what was being typed' },
];
const PICKER_KEYS: readonly KeyRow[] = [
  {
    keys: ['r', 'v', 's', 'd', 'k', 'b', 'y'],
    help: 'then a label: rd vtop struct dis kmem bt copy',
  },
  { keys: ['tab', 'S-tab', 'down', 'up', 'right', 'left'], help: 'choose without a label' },
  { keys: ['enter'], help: 'take what is chosen' },
  { keys: ['/'], help: 'only words with this in them' },
  { keys: ['backspace'], help: 'take the last key back' },
  { keys: ['escape'], help: 'close' },
];

/** The most important keys; `h` in the pager lists the rest. They are those of less. */
const PAGER_KEYS: readonly KeyRow[] = [
  { keys: ['space', 'b'], help: 'a page on, a page back' },
  { keys: ['enter', 'k', 'right', 'left'], help: 'a line on, a line back, sideways' },
  { keys: ['g', 'G'], help: 'the first line, the last one' },
  { keys: ['/', '?', 'n', 'N'], help: 'search on, back, again, the other way' },
  { keys: ['&'], help: 'only lines that match' },
  { keys: ['h'], help: 'all keys of the pager' },
  { keys: ['q'], help: 'leave, and stop the command' },
];

/** Every key of the terminal, by the place where it works. */
export const KEY_SECTIONS: readonly { readonly title: string; readonly rows: readonly KeyRow[] }[] =
  [
    { title: 'At the prompt', rows: EDITING_KEYS },
    { title: 'After Escape, with "set vi"', rows: VI_KEYS },
    { title: 'In a completion menu', rows: MENU_KEYS },
    { title: 'In the history search', rows: SEARCH_KEYS },
    { title: 'Picking from the last output: a label inserts its word', rows: PICKER_KEYS },
    { title: 'In the pager', rows: PAGER_KEYS },
  ];

const NAMES: Record<string, string> = {
  backspace: 'Backspace',
  delete: 'Delete',
  enter: 'Enter',
  escape: 'Escape',
  tab: 'Tab',
  home: 'Home',
  end: 'End',
  left: 'Left',
  right: 'Right',
  up: 'Up',
  down: 'Down',
  space: 'Space',
};

/** `M-left` as readers know it: `Alt-Left`. */
export function keyName(chord: string): string {
  const [, modifiers = '', key = ''] = /^((?:[CMS]-)*)(.+)$/s.exec(chord) ?? [];
  const words = modifiers.replace('C-', 'Ctrl-').replace('M-', 'Alt-').replace('S-', 'Shift-');
  const capital = modifiers.includes('C-') || /^f\d+$/.test(key);
  return words + (NAMES[key] ?? (capital ? key.toUpperCase() : key));
}

const KEYS_WIDTH = 29;

/** Every key and what it does. */
export function keySheet(): string[] {
  return KEY_SECTIONS.flatMap(({ title, rows }) => [
    '',
    title,
    ...rows.map(({ keys, help }) => {
      const names = keys.map(keyName).join('  ');
      return `  ${names.padEnd(KEYS_WIDTH)}  ${help}`;
    }),
  ]).concat('');
}
