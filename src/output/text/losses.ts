import type { Loss, LossLog } from '../../kernel/core/losses.ts';

/** Lines for the losses of one command; what is more is a number. */
export const MOST_LINES = 8;

/** What a command says of what its answer has not. Nothing when it has all. */
export function lossLines(log: LossLog): string[] {
  const { losses } = log;
  const lines = losses.slice(0, MOST_LINES).map(lossText);
  const more = losses.length - lines.length + log.more;
  return more > 0
    ? [...lines, `${more} more ${more === 1 ? 'thing is' : 'things are'} missing`]
    : lines;
}

/** `task ffff898b97254180 is missing: page excluded: kernel virtual address: ffff898b97254180`. */
function lossText({ what, count = 0, address, isDamaged, reason }: Loss): string {
  const state = isDamaged ? 'damaged' : 'missing';
  const subject =
    count > 1
      ? `${count} ${what}s are ${state}`
      : `${what}${address === undefined ? '' : ` ${address.toString(16)}`} is ${state}`;
  // What has a number is one thing.
  const some = `${what}${/\d$/.test(what) ? '' : 's'} may be ${state}`;
  return `${count === 0 ? some : subject}: ${reason}`;
}
