export interface FeedPrice {
  readonly feed: string;
  readonly price: number;
  readonly atMs: number;
}

export interface AgreementOptions {
  readonly feedsMin: number;
  /** Prices further from the current time are ignored. */
  readonly ageMsMax: number;
  /** Prices further from the median of all feeds are ignored. */
  readonly outlierPpm: number;
  /** Maximum spread of the remaining feeds, relative to the median. */
  readonly disagreementPpm: number;
}

export type AgreedPrice = { readonly price: number } | { readonly price: undefined; readonly reason: string };

const MILLION = 1_000_000;

/** [PRICE-2] */
export function agreeOnPrice(
  prices: readonly FeedPrice[],
  options: AgreementOptions,
  nowMs: number,
): AgreedPrice {
  const { feedsMin, ageMsMax, outlierPpm, disagreementPpm } = options;
  const fresh = prices.filter(({ atMs, price }) => Math.abs(nowMs - atMs) <= ageMsMax && price > 0);
  const stale = prices.filter((price) => !fresh.includes(price)).map(({ feed }) => feed);
  const told = stale.length === 0 ? "" : `; stale: ${stale.join(" ")}`;
  if (fresh.length < feedsMin) return none(`${fresh.length} of ${feedsMin} feeds have a fresh price${told}`);
  const middle = medianOf(fresh);
  const close = fresh.filter(({ price }) => ppmBetween(price, middle) <= outlierPpm);
  const outliers = fresh.filter((price) => !close.includes(price)).map(({ feed }) => feed);
  const left = outliers.length === 0 ? told : `${told}; far from the others: ${outliers.join(" ")}`;
  if (close.length < feedsMin) return none(`${close.length} of ${feedsMin} feeds agree${left}`);
  const price = medianOf(close);
  const values = close.map((each) => each.price);
  const spread = ((Math.max(...values) - Math.min(...values)) / price) * MILLION;
  if (spread > disagreementPpm) return none(`feeds are ${Math.round(spread)} millionths apart${left}`);
  return { price };
}

function medianOf(prices: readonly FeedPrice[]): number {
  const sorted = prices.map(({ price }) => price).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function ppmBetween(price: number, reference: number): number {
  return Math.abs(price / reference - 1) * MILLION;
}

function none(reason: string): AgreedPrice {
  return { price: undefined, reason };
}
