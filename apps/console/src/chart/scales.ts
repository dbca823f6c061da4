/** The range of the ticks includes `least`, `most` and 0. */
export function ticksOf(
  least: number,
  most: number,
  { count = 3, isBinary = false } = {},
): readonly number[] {
  const unit = isBinary && most > 1 ? 1_024 ** Math.floor(Math.log(most) / Math.log(1_024)) : 1;
  return roundTicks(least / unit, most / unit, count).map((tick) => tick * unit);
}

function roundTicks(least: number, most: number, count: number): readonly number[] {
  const low = Math.min(0, least);
  const span = Math.max(most, 0) - low;
  if (!(span > 0) || !Number.isFinite(span)) return [0, 1];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw)!;
  const first = Math.floor(low / step);
  const last = Math.ceil((low + span) / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

export interface Point {
  readonly timeMs: number;
  readonly value: number;
}

export function stretchesOf(points: readonly Point[], gapMs: number): readonly (readonly Point[])[] {
  const stretches: Point[][] = [];
  let last: Point | undefined;
  for (const point of points) {
    if (!Number.isFinite(point.value)) continue;
    if (last === undefined || point.timeMs - last.timeMs > gapMs) stretches.push([]);
    stretches.at(-1)!.push(point);
    last = point;
  }
  return stretches;
}

/** `points` must be sorted by time. */
export function nearestTo(points: readonly Point[], timeMs: number): Point | undefined {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.timeMs < timeMs) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [points[low - 1], points[low]];
  if (before === undefined || after === undefined) return after ?? before;
  return timeMs - before.timeMs <= after.timeMs - timeMs ? before : after;
}

export function thinned<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from(
    { length: count },
    (_, index) => items[Math.round((index * (items.length - 1)) / (count - 1))]!,
  );
}
