import type { ActionName } from './actions.ts';

/** One row of the key sheet: what the keys do, and the keys. The keymap is made of these rows alone. */
export interface Binding {
  readonly action: ActionName;
  readonly keys: readonly string[];
  readonly help: string;
}

/** emacs keys; vi's insert mode has them too, but for Escape. */
export const BINDINGS: readonly Binding[] = [
  { action: 'submit', keys: ['enter', 'C-j'], help: 'run the line' },
  { action: 'newline', keys: ['M-enter'], help: 'a further line in the same block' },
  { action: 'cancel', keys: ['C-c', 'C-g'], help: 'clear the line; stop a running command' },
  {
    action: 'delete-or-leave',
    keys: ['C-d'],
    help: 'delete a character; leave when the line is empty',
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
];

export const KEYMAP: ReadonlyMap<string, ActionName> = new Map(
  BINDINGS.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const)),
);
