/** Names that strftime(3) writes in the C locale. */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;

/** `Sat Nov 21 02:01:18 UTC 2026`: a time of day in the reader's own time zone. `seconds` since 1970. */
export function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const day = String(date.getDate()).padStart(2);
  return `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${day} ${time} ${zoneName(date)} ${date.getFullYear()}`;
}

let zones: Intl.DateTimeFormat | undefined;

/** `UTC`, `CET`, or `GMT+2` where the zone has no short name. */
function zoneName(date: Date): string {
  zones ??= new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' });
  return zones.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** `3 days, 04:05:06`: how long, from seconds. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(whole / 86_400);
  const time = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60].map(two);
  return `${days > 0 ? `${days} days, ` : ''}${time.join(':')}`;
}
