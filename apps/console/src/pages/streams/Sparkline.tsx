const WIDTH = 300;
const HEIGHT = 56;
const POINTS_MAX = 150;

/** A curve without axes; its least and greatest value are said. */
export function Sparkline({ label, values }: { readonly label: string; readonly values: readonly number[] }) {
  const points = thinned(values);
  const [least, greatest] = [Math.min(...points), Math.max(...points)];
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
        {points.length < 2
          ? "too few blocks for a curve"
          : `difficulty from ${figure(least)} to ${figure(greatest)}, newest at the right`}
      </figcaption>
    </figure>
  );
}

function figure(value: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

function thinned(values: readonly number[]): readonly number[] {
  const step = Math.max(1, Math.ceil(values.length / POINTS_MAX));
  return values.filter((_, index) => index % step === 0);
}
