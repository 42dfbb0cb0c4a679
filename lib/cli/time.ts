// Times for people.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What `Date` can hold, in seconds (ECMA-262, section 21.4.1.1). */
const MAX_SECONDS = 8_640_000_000_000;

/** A time in Unix seconds and how far away it is: `2026-11-26 16:15:59 UTC, in 4 min 48 s`. */
export function timeText(time: unknown, now: number): string | undefined {
  if (typeof time !== 'number' || !(Math.abs(time) <= MAX_SECONDS)) return undefined;
  const [date, clock = ''] = new Date(time * 1_000).toISOString().split('T');
  const away = time > now ? `in ${span(time - now)}` : `${span(now - time)} ago`;
  return `${date} ${clock.replace(/\.\d+Z$/, '')} UTC, ${away}`;
}

/** A span in its two largest units. */
export function span(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return both(whole, MINUTE, 'min', 1, 's');
  if (whole < DAY) return both(whole, HOUR, 'h', MINUTE, 'min');
  return both(whole, DAY, 'd', HOUR, 'h');
}

function both(seconds: number, unit: number, name: string, smaller: number, smallerName: string) {
  const rest = Math.floor((seconds % unit) / smaller);
  const large = `${Math.floor(seconds / unit).toLocaleString('en')} ${name}`;
  return rest === 0 ? large : `${large} ${rest} ${smallerName}`;
}
