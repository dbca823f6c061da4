import type { Hop } from "@trellis/client/arbitrage";

export interface RoutePlace {
  readonly token: string;
  readonly x: number;
  readonly y: number;
}

export interface RouteEdge {
  readonly hop: Hop;
  readonly path: string;
  readonly x: number;
  readonly y: number;
}

interface RouteLayout {
  readonly places: readonly RoutePlace[];
  readonly edges: readonly RouteEdge[];
}

interface RouteSize {
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  readonly margin: number;
}

export function layoutRoute(hops: readonly Hop[], { width, height, radius, margin }: RouteSize): RouteLayout {
  const tokens = [...new Set(hops.map(({ tokenIn }) => tokenIn))];
  const last = hops.at(-1)?.tokenOut;
  if (last !== undefined && !tokens.includes(last)) tokens.push(last);
  const [cx, cy] = [width / 2, height / 2];
  const [rx, ry] = [cx - margin, cy - radius * 1.9];
  const places = tokens.map((token, index) => {
    const angle = Math.PI + (index / tokens.length) * 2 * Math.PI;
    return { token, x: cx + rx * Math.cos(angle), y: cy + ry * Math.sin(angle) };
  });
  const placeOf = new Map(places.map((place) => [place.token, place]));
  const edges = hops.map((hop) => {
    const [from, to] = [placeOf.get(hop.tokenIn)!, placeOf.get(hop.tokenOut)!];
    return { hop, ...arc(from, to, radius) };
  });
  return { places, edges };
}

const BEND = 0.22;
const WORDS_AT = 1.05;

function arc(from: RoutePlace, to: RoutePlace, radius: number): Omit<RouteEdge, "hop"> {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  // Arcs bend left, so that opposite directions do not overlap.
  const [cx, cy] = [
    (from.x + to.x) / 2 + (dy / length) * BEND * length,
    (from.y + to.y) / 2 - (dx / length) * BEND * length,
  ];
  const start = towards(from, { x: cx, y: cy }, radius);
  const end = towards(to, { x: cx, y: cy }, radius + 5);
  const at = (value: number): string => value.toFixed(1);
  return {
    path: `M${at(start.x)} ${at(start.y)} Q${at(cx)} ${at(cy)} ${at(end.x)} ${at(end.y)}`,
    x: (from.x + to.x) / 2 + (cx - (from.x + to.x) / 2) * WORDS_AT,
    y: (from.y + to.y) / 2 + (cy - (from.y + to.y) / 2) * WORDS_AT,
  };
}

function towards(from: { x: number; y: number }, to: { x: number; y: number }, by: number) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: from.x + ((to.x - from.x) / length) * by, y: from.y + ((to.y - from.y) / length) * by };
}
