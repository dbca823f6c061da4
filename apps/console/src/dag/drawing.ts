import { type DagNode, type Tint, tintOf } from "./DagNode.ts";

export interface Palette {
  readonly background: string;
  readonly final: string;
  readonly edge: string;
  readonly chain: string;
  readonly blue: string;
  readonly red: string;
  readonly pending: string;
  readonly focus: string;
  readonly text: string;
}

export const ROW = 0.9;
const NODE_SHARE = 0.3;
const NODE_MAX = 13;
const NODE_MIN = 1.5;
export const GROWTH_MS = 250;
/** Drawing order: later tints cover earlier tints. */
const ORDER: readonly Tint[] = ["pending", "red", "blue", "chain"];
const CHAIN_ALPHA = 0.55;

export function radiusAt(scale: number): number {
  return Math.max(NODE_MIN, Math.min(NODE_MAX, scale * NODE_SHARE));
}

/** Strokes are expensive, so edges share two paths. */
export function drawEdges(
  context: CanvasRenderingContext2D,
  nodes: Iterable<DagNode>,
  scale: number,
  { edge, chain }: Palette,
): void {
  const paths = { plain: new Path2D(), chain: new Path2D() };
  for (const { block, x, y, parents } of nodes) {
    const to = { x: x * scale, y: y * scale * ROW };
    for (const parent of parents) {
      const from = { x: parent.x * scale, y: parent.y * scale * ROW };
      const isSelected = parent.block.hash === block.parents[0];
      const path = isSelected && block.isChainBlock && parent.block.isChainBlock ? paths.chain : paths.plain;
      path.moveTo(to.x, to.y);
      if (from.y === to.y) {
        path.lineTo(from.x, from.y);
        continue;
      }
      const middle = (from.x + to.x) / 2;
      path.bezierCurveTo(middle, to.y, middle, from.y, from.x, from.y);
    }
  }
  context.lineWidth = Math.max(0.5, scale / 30);
  context.strokeStyle = edge;
  context.stroke(paths.plain);
  context.lineWidth = Math.max(1, scale / 12);
  context.strokeStyle = chain;
  context.globalAlpha = CHAIN_ALPHA;
  context.stroke(paths.chain);
  context.globalAlpha = 1;
}

/** Fills are expensive, so blocks of one colour share a path. */
export function drawNodes(
  context: CanvasRenderingContext2D,
  nodes: Iterable<DagNode>,
  scale: number,
  palette: Palette,
  nowMs: number,
): void {
  const radius = radiusAt(scale);
  const paths = new Map(ORDER.map((tint) => [tint, new Path2D()]));
  for (const { block, x, y, bornAtMs } of nodes) {
    const age = Math.min(1, (nowMs - bornAtMs) / GROWTH_MS);
    const size = radius * (0.3 + 0.7 * age);
    traceShape(paths.get(tintOf(block))!, block.stream, x * scale, y * scale * ROW, size);
  }
  for (const [tint, path] of paths) {
    context.fillStyle = palette[tint];
    context.fill(path);
  }
}

function traceShape(path: Path2D, stream: number, x: number, y: number, radius: number): void {
  if (stream === 0) {
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  const corners = { 1: 4, 2: 3 }[stream] ?? 4;
  const turn = { 1: 0, 2: -Math.PI / 2 }[stream] ?? Math.PI / 4;
  for (let corner = 0; corner < corners; corner++) {
    const angle = turn + (corner * 2 * Math.PI) / corners;
    const [px, py] = [x + 1.15 * radius * Math.cos(angle), y + 1.15 * radius * Math.sin(angle)];
    if (corner === 0) path.moveTo(px, py);
    else path.lineTo(px, py);
  }
  path.closePath();
}
