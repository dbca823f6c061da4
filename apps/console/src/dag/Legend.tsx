import type { StreamJson } from "../live/chainTypes.ts";
import { useRpc } from "../live/node.ts";

const TINTS = [
  ["--dag-chain", "selected chain"],
  ["--dag-blue", "blue"],
  ["--dag-red", "red"],
  ["--dag-pending", "not merged yet"],
] as const;

export function Legend() {
  const streams = useRpc<readonly StreamJson[]>("trellis_getStreams");
  return (
    <ul className="legend" aria-label="Legend">
      {TINTS.map(([color, name]) => (
        <li key={name}>
          <svg width="12" height="12" aria-hidden="true">
            <circle cx="6" cy="6" r="5" style={{ fill: `var(${color})` }} />
          </svg>
          {name}
        </li>
      ))}
      {(streams.data ?? []).map(({ name }, index) => (
        <li key={name}>
          <StreamShape stream={index} />
          {name}
        </li>
      ))}
    </ul>
  );
}

export function StreamShape({ stream }: { readonly stream: number }) {
  return (
    <svg width="12" height="12" aria-hidden="true" viewBox="-6 -6 12 12">
      <path d={outline(stream)} style={{ fill: "none", stroke: "var(--text-soft)", strokeWidth: 1.5 }} />
    </svg>
  );
}

/** The shapes must equal those of `traceShape`. */
function outline(stream: number): string {
  if (stream === 0) return "M4.5 0A4.5 4.5 0 1 1-4.5 0 4.5 4.5 0 1 1 4.5 0Z";
  if (stream === 1) return "M5 0 0 5-5 0 0-5Z";
  if (stream === 2) return "M0-5 4.4 2.6-4.4 2.6Z";
  return "M-4-4H4V4H-4Z";
}
