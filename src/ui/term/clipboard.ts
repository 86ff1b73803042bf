/** Size that all terminals accept (xterm: 100,000 characters of base64). */
const MAX_BYTES = 64 * 1024;
/** Longest string that GNU screen takes in one piece. */
const SCREEN_PIECE = 512;

/**
 * The escape sequence that puts a text on the terminal's clipboard (OSC 52, xterm's ctlseqs); '' for a text that is too
 * long, and for terminals that would print it. tmux gets it twice: for itself, which takes it with `set-clipboard on`,
 * and wrapped for the terminal around it, which gets it with `allow-passthrough on`.
 */
export function clipboardSequence(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const bytes = Buffer.from(text, 'utf8');
  const term = env.TERM ?? '';
  if (bytes.length > MAX_BYTES || /^(linux|dumb|vt\d*)?$/.test(term)) return '';
  const plain = `\x1b]52;c;${bytes.toString('base64')}\x07`;
  if (env.TMUX) return `${plain}\x1bPtmux;${plain.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;
  if (!env.STY) return plain;
  let wrapped = '';
  for (let at = 0; at < plain.length; at += SCREEN_PIECE) {
    wrapped += `\x1bP${plain.slice(at, at + SCREEN_PIECE)}\x1b\\`;
  }
  return wrapped;
}
