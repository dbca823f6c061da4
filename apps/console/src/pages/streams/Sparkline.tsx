const WIDTH = 300;
const HEIGHT = 56;
const POINTS_MAX = 150;

export function Sparkline({ label, values }: { readonly label: string; readonly values: readonly number[] }) {
  const points = thinned(values);
  const [least, greatest] = [Math.min(...points), Math.max(...points)];
  const range =
    least === greatest ? `constant at ${figure(least)}` : `from ${figure(least)} to ${figure(greatest)}`;
  const x = (index: number): number => (index / Math.max(1, points.length - 1)) * WIDTH;
  const y = (value: number): number =>
    greatest === least ? HEIGHT / 2 : HEIGHT - 3 - ((value - least) / (greatest - least)) * (HEIGHT - 6);
  return (
    <figure className="sparkline">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {points.length > 1 && (
          <polyline
            points={points.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}
          />
        )}
      </svg>
      <figcaption className="soft">
        {points.length < 2 ? "not enough blocks for a chart" : `difficulty ${range}, newest at the right`}
      </figcaption>
    </figure>
  );
}

function figure(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/** Keeps each bucket's extremes, so that no peak is lost. */
export function thinned(values: readonly number[], pointsMax = POINTS_MAX): readonly number[] {
  if (values.length <= pointsMax) return values;
  const step = Math.ceil((2 * values.length) / (pointsMax - 2));
  const kept = new Set([values.length - 1]);
  for (let from = 0; from < values.length; from += step) {
    const stretch = values.slice(from, from + step);
    kept.add(from + stretch.indexOf(Math.min(...stretch)));
    kept.add(from + stretch.indexOf(Math.max(...stretch)));
  }
  return values.filter((_, index) => kept.has(index));
}
