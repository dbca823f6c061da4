import { type PointerEvent, useEffect, useRef, useState } from "react";
import { nearestTo, type Point, stretchesOf, thinned, ticksOf } from "./scales.ts";
import "./chart.css";
import "./table.css";

export interface ChartLine {
  readonly name: string;
  /** Sorted by time. */
  readonly points: readonly Point[];
}

interface LineChartProps {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Maximum distance in ms between connected points. */
  readonly gapMs: number;
  readonly format: (value: number) => string;
  readonly isBinary?: boolean;
  readonly heightPx?: number;
}

const TABLE_ROWS = 12;
const PAD = { top: 8, right: 8, bottom: 20, left: 62 };
const POINT_PX = 3.5;
const COLOURS = 6;

export function LineChart({
  title,
  lines,
  fromMs,
  toMs,
  gapMs,
  format,
  isBinary = false,
  heightPx = 150,
}: LineChartProps) {
  const [frame, widthPx] = useWidth();
  const [lookedAtMs, setLookedAtMs] = useState<number>();
  const ends = lines.map(({ points }) =>
    lookedAtMs === undefined ? points.at(-1) : nearestTo(points, lookedAtMs),
  );
  const ticks = ticksFor(lines, isBinary);
  const [bottom, top] = [ticks[0]!, ticks.at(-1)!];
  const x = (timeMs: number): number =>
    PAD.left + ((timeMs - fromMs) / Math.max(1, toMs - fromMs)) * (widthPx - PAD.left - PAD.right);
  const y = (value: number): number =>
    heightPx - PAD.bottom - ((value - bottom) / (top - bottom)) * (heightPx - PAD.top - PAD.bottom);
  const look = ({ clientX, currentTarget }: PointerEvent<SVGSVGElement>): void => {
    const inside = clientX - currentTarget.getBoundingClientRect().left - PAD.left;
    setLookedAtMs(fromMs + (inside / (widthPx - PAD.left - PAD.right)) * (toMs - fromMs));
  };
  const seenAt = lookedAtMs === undefined ? undefined : ends.find((end) => end !== undefined)?.timeMs;
  return (
    <figure className="chart" ref={frame}>
      <svg
        width={widthPx}
        height={heightPx}
        role="img"
        aria-label={summaryOf(title, lines, format)}
        onPointerMove={look}
        onPointerLeave={() => setLookedAtMs(undefined)}
      >
        <Frame
          ticks={ticks}
          y={y}
          format={format}
          widthPx={widthPx}
          heightPx={heightPx}
          spanMs={toMs - fromMs}
        />
        {lines.map(({ name, points }, index) => (
          <g key={name} className={`series series-${Math.min(index, COLOURS - 1)}`}>
            {stretchesOf(points, gapMs).map((stretch) => (
              <Stretch
                key={stretch[0]!.timeMs}
                at={stretch.map(({ timeMs, value }) => [x(timeMs), y(value)])}
                floor={y(0)}
                isAlone={lines.length === 1}
              />
            ))}
          </g>
        ))}
        {seenAt !== undefined && (
          <line className="look" x1={x(seenAt)} x2={x(seenAt)} y1={PAD.top} y2={heightPx - PAD.bottom} />
        )}
      </svg>
      <Caption
        title={title}
        lines={lines}
        format={format}
        values={ends.map((end) => end?.value)}
        seenAtMs={seenAt}
      />
    </figure>
  );
}

function Frame({
  ticks,
  y,
  format,
  spanMs,
  widthPx,
  heightPx,
}: {
  readonly ticks: readonly number[];
  readonly y: (value: number) => number;
  readonly format: (value: number) => string;
  readonly spanMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
}) {
  const right = widthPx - PAD.right;
  return (
    <>
      {ticks.map((tick) => (
        <g key={tick}>
          <line className={tick === 0 ? "axis" : "grid"} x1={PAD.left} x2={right} y1={y(tick)} y2={y(tick)} />
          <text className="tick" x={PAD.left - 6} y={y(tick) + 4} textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      <text className="tick" x={PAD.left} y={heightPx - 5}>
        {spanText(spanMs)} ago
      </text>
      <text className="tick" x={right} y={heightPx - 5} textAnchor="end">
        now
      </text>
    </>
  );
}

function Caption({
  title,
  lines,
  format,
  values,
  seenAtMs,
}: Pick<LineChartProps, "title" | "lines" | "format"> & {
  readonly values: readonly (number | undefined)[];
  readonly seenAtMs: number | undefined;
}) {
  const [isTableOpen, setTableOpen] = useState(false);
  return (
    <figcaption>
      <ul className="lines">
        {lines.map(({ name }, index) => {
          const value = values[index];
          return (
            <li key={name} className={`series-${Math.min(index, COLOURS - 1)}`}>
              <span className="swatch" aria-hidden="true" />
              {name} <b>{value === undefined ? "–" : format(value)}</b>
            </li>
          );
        })}
        {seenAtMs !== undefined && <li className="when">{new Date(seenAtMs).toLocaleTimeString()}</li>}
      </ul>
      <details onToggle={({ currentTarget }) => setTableOpen(currentTarget.open)}>
        <summary>
          Table<span className="visually-hidden"> of {title}</span>
        </summary>
        {isTableOpen && <ChartTable title={title} lines={lines} format={format} />}
      </details>
    </figcaption>
  );
}

function Stretch({
  at,
  floor,
  isAlone,
}: {
  readonly at: readonly (readonly [x: number, y: number])[];
  readonly floor: number;
  readonly isAlone: boolean;
}) {
  const path = at.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" L");
  const [first, last] = [at[0]!, at.at(-1)!];
  if (at.length === 1) return <circle cx={first[0]} cy={first[1]} r={POINT_PX} />;
  return (
    <>
      {isAlone && <path className="area" d={`M${first[0]},${floor} L${path} L${last[0]},${floor} Z`} />}
      <path className="line" d={`M${path}`} />
    </>
  );
}

function ChartTable({ title, lines, format }: Pick<LineChartProps, "title" | "lines" | "format">) {
  const times = thinned(
    [...new Set(lines.flatMap(({ points }) => points.map(({ timeMs }) => timeMs)))].sort((a, b) => a - b),
    TABLE_ROWS,
  );
  return (
    <table className="plain" aria-label={title}>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {lines.map(({ name }) => (
            <th key={name} scope="col" className="numeric">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times.toReversed().map((timeMs) => (
          <tr key={timeMs}>
            <th scope="row">{new Date(timeMs).toLocaleTimeString()}</th>
            {lines.map(({ name, points }) => {
              const near = nearestTo(points, timeMs);
              return (
                <td key={name} className="numeric">
                  {near?.timeMs === timeMs ? format(near.value) : "–"}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ticksFor(lines: readonly ChartLine[], isBinary: boolean): readonly number[] {
  const all = lines.flatMap(({ points }) => points.map(({ value }) => value)).filter(Number.isFinite);
  return ticksOf(Math.min(...all), Math.max(...all), { isBinary });
}

function summaryOf(title: string, lines: readonly ChartLine[], format: (value: number) => string): string {
  const parts = lines.map(({ name, points }) => {
    const values = points.map(({ value }) => value).filter(Number.isFinite);
    const newest = points.at(-1);
    if (newest === undefined || values.length === 0) return `${name}: no data`;
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return `${name}: now ${format(newest.value)}, between ${format(least)} and ${format(most)}`;
  });
  return `${title}. ${parts.length === 0 ? "No data yet" : parts.join("; ")}`;
}

function spanText(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${Math.round(ms / 1_000)} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}

const WIDTH_PX = 320;

function useWidth() {
  const frame = useRef<HTMLElement>(null);
  const [widthPx, setWidthPx] = useState(WIDTH_PX);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) =>
      setWidthPx(Math.max(160, Math.floor(entry!.contentRect.width))),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, widthPx] as const;
}
