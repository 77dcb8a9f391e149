/**
 * How often each of several answers is drawn: `10.0.1.1 in 75 %, 10.0.1.2 in 25 %` of so many. Chance may do what it does once in
 * a billion runs, and no more: eight standard deviations, by Bernstein's inequality. Pure.
 */
const DEVIATIONS = 8;

export interface Share {
  readonly value: string;
  readonly percent: number;
}

const SHARE = /^(\S+) in (\d+) %$/;

/** A sentence where this is none, or where so few answers could not tell whether it holds. */
export function parseShares(text: string, times: number): readonly Share[] | string {
  const shares: Share[] = [];
  for (const part of text.split(/, */)) {
    const [, value, percent] = SHARE.exec(part) ?? [];
    if (value === undefined) return `a share is VALUE in NUMBER %, not: ${part}`;
    shares.push({ value, percent: Number(percent) });
  }
  if (shares.reduce((sum, { percent }) => sum + percent, 0) !== 100) return 'shares are 100 % together';
  const unclear = shares.find(({ percent }) => slack(percent, times) >= (times * percent) / 100);
  return unclear === undefined ? shares : `${times} times are too few to tell ${unclear.percent} % from none`;
}

/** Whether these and no others were drawn, each about as often as it should be. */
export function areShared(counts: ReadonlyMap<string, number>, shares: readonly Share[], times: number): boolean {
  return (
    counts.size === shares.length &&
    shares.every(
      ({ value, percent }) => Math.abs((counts.get(value) ?? 0) - (times * percent) / 100) <= slack(percent, times),
    )
  );
}

function slack(percent: number, times: number): number {
  const share = percent / 100;
  return DEVIATIONS * Math.sqrt(times * share * (1 - share));
}
