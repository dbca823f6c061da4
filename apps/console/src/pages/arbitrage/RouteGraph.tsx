import type { Opportunity } from "@trellis/client/arbitrage";
import { useId } from "react";
import { cutText } from "../../format/cutText.ts";
import { shortHex } from "../../format/units.ts";
import { useNarrow } from "../../ui/Table.tsx";
import { tokenText } from "./amounts.ts";
import { layoutRoute, type RouteEdge, type RoutePlace } from "./routeLayout.ts";
import { useToken } from "./tokens.tsx";

const WIDE = { width: 640, height: 340, radius: 30, margin: 120 };
const NARROW = { width: 330, height: 300, radius: 24, margin: 32 };

export function RouteGraph({ opportunity: { hops, fills } }: { readonly opportunity: Opportunity }) {
  const id = useId();
  const size = useNarrow() ? NARROW : WIDE;
  const { places, edges } = layoutRoute(hops, size);
  const way = hops.map(({ pool, tokenOut }) => `via pool ${shortHex(pool)} to ${shortHex(tokenOut)}`);
  return (
    <svg
      className="route"
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={`Route from ${shortHex(hops[0]?.tokenIn ?? "0x")} ${way.join(", ")}`}
    >
      <defs>
        <marker id={id} viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 L8 4 L0 8 Z" />
        </marker>
      </defs>
      {edges.map((edge, place) => (
        <Edge
          key={`${edge.hop.pool}${edge.hop.tokenIn}`}
          edge={edge}
          marker={id}
          place={place}
          fill={fills[place]}
        />
      ))}
      {places.map((place, index) => (
        <Token key={place.token} place={place} radius={size.radius} isFirst={index === 0} />
      ))}
    </svg>
  );
}

function Edge({
  edge: { hop, path, x, y },
  marker,
  place,
  fill,
}: {
  readonly edge: RouteEdge;
  readonly marker: string;
  readonly place: number;
  readonly fill: Opportunity["fills"][number] | undefined;
}) {
  const words = useToken(hop.tokenOut);
  return (
    <g>
      <path className="edge" d={path} markerEnd={`url(#${marker})`} />
      <text className="pool" x={x} y={y - 4} textAnchor="middle">
        {place + 1}. {shortHex(hop.pool, 4)}
        <title>{`${hop.kind} ${hop.pool}`}</title>
      </text>
      <text className="kind" x={x} y={y + 11} textAnchor="middle">
        {fill === undefined ? hop.kind : tokenText(fill.amountOut, words)}
      </text>
    </g>
  );
}

function Token({
  place: { token, x, y },
  radius,
  isFirst,
}: {
  readonly place: RoutePlace;
  readonly radius: number;
  readonly isFirst: boolean;
}) {
  const { symbol } = useToken(token);
  return (
    <g className={isFirst ? "token first" : "token"}>
      <circle cx={x} cy={y} r={radius} />
      <text x={x} y={y + 4} textAnchor="middle">
        {cutText(symbol, 7)}
        <title>{token}</title>
      </text>
    </g>
  );
}
