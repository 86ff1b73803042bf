/**
 * Text in the middle of `width` columns; an odd blank goes to the right, or to the left when the text is `right`
 * justified. Text that is too long is left as it is.
 */
export function center(text: string, width: number, justify: 'left' | 'right' = 'left'): string {
  const extra = width - text.length;
  if (extra <= 0) return text;
  const less = extra >> 1;
  const left = justify === 'right' ? extra - less : less;
  return ' '.repeat(left) + text + ' '.repeat(extra - left);
}
