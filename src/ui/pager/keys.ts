/** The actions of the pager's keys. */
export type PagerAction =
  | 'line-forward'
  | 'line-back'
  | 'page-forward'
  | 'page-back'
  | 'half-forward'
  | 'half-back'
  | 'first'
  | 'last'
  | 'right'
  | 'left'
  | 'search'
  | 'search-back'
  | 'filter'
  | 'again'
  | 'again-back'
  | 'highlight'
  | 'option'
  | 'position'
  | 'redraw'
  | 'pick'
  | 'help'
  | 'cancel'
  | 'stop'
  | 'suspend'
  | 'leave';

interface PagerBinding {
  readonly action: PagerAction;
  readonly keys: readonly string[];
  readonly help: string;
}

/** The keys of less that have an action here. The help is made of these rows. */
export const PAGER_BINDINGS: readonly PagerBinding[] = [
  { action: 'page-forward', keys: ['space', 'f', 'pagedown', 'C-f', 'C-v'], help: 'a page on' },
  { action: 'page-back', keys: ['b', 'pageup', 'C-b', 'M-v'], help: 'a page back' },
  { action: 'line-forward', keys: ['enter', 'j', 'down', 'e', 'C-n', 'C-e'], help: 'a line on' },
  { action: 'line-back', keys: ['k', 'up', 'y', 'C-p', 'C-y', 'C-k'], help: 'a line back' },
  { action: 'half-forward', keys: ['d', 'C-d'], help: 'half a page on' },
  { action: 'half-back', keys: ['u', 'C-u'], help: 'half a page back' },
  { action: 'first', keys: ['g', 'home', '<', 'M-<'], help: 'the first line, or line N' },
  { action: 'last', keys: ['G', 'end', '>', 'M->'], help: 'the last line, or line N' },
  { action: 'right', keys: ['right', 'M-)'], help: 'half a window to the right' },
  { action: 'left', keys: ['left', 'M-('], help: 'half a window to the left' },
  { action: 'search', keys: ['/'], help: 'search forwards for an expression; !expr: without it' },
  { action: 'search-back', keys: ['?'], help: 'search backwards' },
  { action: 'again', keys: ['n'], help: 'search on' },
  { action: 'again-back', keys: ['N'], help: 'search on in the other direction' },
  { action: 'filter', keys: ['&'], help: 'show only lines that match; alone: all lines' },
  { action: 'highlight', keys: ['M-u'], help: 'highlight matches, or no longer' },
  { action: 'option', keys: ['-'], help: '-i: let case make no difference, or again' },
  { action: 'position', keys: ['=', 'C-g'], help: 'where the page is' },
  { action: 'redraw', keys: ['r', 'R', 'C-l'], help: 'draw the page again' },
  { action: 'pick', keys: ['M-a'], help: 'at the prompt: pick an address of the page left behind' },
  { action: 'cancel', keys: ['escape'], help: 'give up a search, or the way to the end' },
  { action: 'stop', keys: ['C-c'], help: 'stop the command; when it is over, leave' },
  { action: 'suspend', keys: ['C-z'], help: 'stop tscrash; fg brings it back' },
  { action: 'help', keys: ['h', 'H', 'f1'], help: 'these keys' },
  { action: 'leave', keys: ['q', 'Q'], help: 'leave, and stop the command' },
];

/** The action of each key. */
export const PAGER_KEYS: ReadonlyMap<string, PagerAction> = new Map(
  PAGER_BINDINGS.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const)),
);

/** The help as rows of text. */
export const PAGER_HELP: readonly string[] = [
  ...PAGER_BINDINGS.map(({ keys, help }) => `  ${keys.slice(0, 4).join(' ').padEnd(22)}  ${help}`),
  '',
  '  A number before a key repeats it; space or f on the last page leaves.',
  '  h, q or escape closes this help.',
];
