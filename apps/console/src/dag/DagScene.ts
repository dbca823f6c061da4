import type { Hex } from "viem";
import type { DagBlock } from "../live/DagBlock.ts";
import { DagLayout } from "./DagLayout.ts";
import { type DagNode, tintOf } from "./DagNode.ts";
import { DagTiles, spanOf, type TileView } from "./DagTiles.ts";
import { drawEdges, drawNodes, GROWTH_MS, type Palette, ROW, radiusAt } from "./drawing.ts";

interface Camera {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const SCALE_MIN = 1;
const SCALE_MAX = 90;
const GLIDE = 0.22;
export const FRAME_MS = 1_000 / 60;
/** Time without changes after which a node is drawn into tiles. */
const SETTLED_MS = 1_000;
const FORGOTTEN_MS = 10_000;
const GROWTH_SEEN_PX = 4;
const LONG_AGO = Number.NEGATIVE_INFINITY;
const BAKED_AT_ONCE = 16;

export class DagScene {
  readonly #layout = new DagLayout();
  readonly #nodes = new Map<Hex, DagNode>();
  readonly #loose = new Set<DagNode>();
  readonly #tiles = new DagTiles();
  #finalizedNumber = 0;
  #finalColumn: number | undefined;
  #isPreparing = false;
  #drawnAtPx = Number.NaN;
  camera: Camera = { scale: 26, x: 0, y: 0 };
  isFollowing = true;
  isGliding = false;
  isCalm = false;
  focused: Hex | undefined;

  get blocks(): ReadonlyMap<Hex, { readonly block: DagBlock; readonly x: number; readonly y: number }> {
    return this.#nodes;
  }

  get finalColumn(): number | undefined {
    return this.#finalColumn;
  }

  update(blocks: ReadonlyMap<Hex, DagBlock>, finalizedNumber: number, nowMs: number): void {
    const isFirst = this.#nodes.size === 0;
    const { changed, removed } = this.#layout.update(blocks);
    for (const hash of removed) this.#remove(hash);
    for (const block of blocks.values()) {
      const node = this.#nodes.get(block.hash);
      if (node !== undefined) node.block = block;
    }
    const nodes = [...changed].map((hash) => this.#nodes.get(hash) ?? this.#add(blocks.get(hash)!, nowMs));
    for (const node of nodes) this.#connect(node);
    for (const node of nodes) this.#loosen(node, nowMs);
    if (isFirst && this.isFollowing) this.camera = { ...this.camera, x: this.#layout.lastColumn };
    this.#finalizedNumber = finalizedNumber;
    this.#finalColumn = this.#columnOfFinal();
  }

  step(elapsedMs: number, width: number, nowMs: number): boolean {
    const share = this.isCalm ? 1 : 1 - (1 - GLIDE) ** (elapsedMs / FRAME_MS);
    for (const node of this.#loose) {
      if (!node.isMoving) continue;
      const { column, row } = this.#layout.places.get(node.block.hash)!;
      node.x = glide(node.x, column, share);
      node.y = glide(node.y, row, share);
      node.isMoving = node.x !== column || node.y !== row;
      node.changedAtMs = nowMs;
    }
    this.#bake(nowMs);
    this.isGliding = false;
    if (this.isFollowing) {
      const wanted = this.#layout.lastColumn - (width / 2 - 60) / this.camera.scale;
      this.camera = { ...this.camera, x: glide(this.camera.x, wanted, share) };
      this.isGliding = this.camera.x !== wanted;
    }
    const { scale, x } = this.camera;
    const isShifted = Math.round(x * scale) !== this.#drawnAtPx;
    return isShifted || this.#isPreparing || this.#isAlive(nowMs);
  }

  #isAlive(nowMs: number): boolean {
    const isGrowthSeen = radiusAt(this.camera.scale) > GROWTH_SEEN_PX;
    for (const { isMoving, bornAtMs } of this.#loose) {
      if (isMoving || (isGrowthSeen && nowMs - bornAtMs < 2 * GROWTH_MS)) return true;
    }
    return false;
  }

  /** @param at point that stays in place, in CSS pixels of the view */
  zoom(factor: number, at: Point, size: Size): void {
    const { scale, x, y } = this.camera;
    const next = Math.min(SCALE_MAX, Math.max(SCALE_MIN, scale * factor));
    const [dx, dy] = [at.x - size.width / 2, at.y - size.height / 2];
    this.camera = {
      scale: next,
      x: x + dx / scale - dx / next,
      y: y + dy / (scale * ROW) - dy / (next * ROW),
    };
  }

  pan(dx: number, dy: number): void {
    const { scale, x, y } = this.camera;
    this.isFollowing = false;
    this.camera = { scale, x: x - dx / scale, y: y - dy / (scale * ROW) };
  }

  blockAt(px: number, py: number, width: number, height: number): DagBlock | undefined {
    const reach = Math.max(10, radiusAt(this.camera.scale) * 1.6);
    for (const node of this.#nodes.values()) {
      const { x, y } = this.#project(node, width, height);
      if (Math.hypot(x - px, y - py) <= reach) return node.block;
    }
    return undefined;
  }

  /** Chooses the nearest node ahead. Sideways distance has triple weight. */
  neighbour(direction: "left" | "right" | "up" | "down"): DagBlock | undefined {
    const from = this.focused === undefined ? undefined : this.#nodes.get(this.focused);
    if (from === undefined) return this.#newestChainBlock();
    let best: DagNode | undefined;
    let bestCost = Number.POSITIVE_INFINITY;
    for (const node of this.#nodes.values()) {
      const [dx, dy] = [node.x - from.x, node.y - from.y];
      const [ahead, aside] = { left: [-dx, dy], right: [dx, dy], up: [-dy, dx], down: [dy, dx] }[
        direction
      ] as [number, number];
      if (ahead < 0.5) continue;
      const cost = ahead + 3 * Math.abs(aside);
      if (cost < bestCost) [best, bestCost] = [node, cost];
    }
    return best?.block;
  }

  show(hash: Hex): void {
    const node = this.#nodes.get(hash);
    if (node === undefined) return;
    this.isFollowing = false;
    this.camera = { ...this.camera, x: node.x, y: node.y };
  }

  draw(
    context: CanvasRenderingContext2D,
    { width, height }: Size,
    ratio: number,
    palette: Palette,
    nowMs: number,
  ): void {
    const view = this.#viewOf(width, height, ratio);
    this.#drawnAtPx = Math.round(this.camera.x * this.camera.scale);
    this.#isPreparing = this.#tiles.prepare(view, palette, this.#nodes, nowMs);
    const { originX, originY, scale } = view;
    const window = [ratio, 0, 0, ratio, 0, 0] as const;
    const scene = [ratio, 0, 0, ratio, originX * ratio, originY * ratio] as const;
    context.setTransform(...window);
    context.fillStyle = palette.background;
    context.fillRect(0, 0, width, height);
    this.#drawFinal(context, view, height, palette);
    this.#tiles.draw(context, "edges", view);
    context.setTransform(...scene);
    drawEdges(context, this.#loose, scale, palette);
    context.setTransform(...window);
    this.#tiles.draw(context, "nodes", view);
    context.setTransform(...scene);
    drawNodes(context, this.#loose, scale, palette, nowMs);
    this.#drawFocus(context, scale, palette);
  }

  /** Rounds the origin to whole device pixels, so that tiles stay sharp. */
  #viewOf(width: number, height: number, ratio: number): TileView {
    const { scale, x, y } = this.camera;
    const whole = (px: number): number => Math.round(px * ratio) / ratio;
    return {
      scale,
      width,
      ratio,
      rows: this.#layout.rowMax,
      originX: whole(width / 2 - x * scale),
      originY: whole(height / 2 - y * scale * ROW),
    };
  }

  #drawFinal(
    context: CanvasRenderingContext2D,
    { originX, scale, width }: TileView,
    height: number,
    palette: Palette,
  ): void {
    if (this.#finalColumn === undefined) return;
    const x = originX + (this.#finalColumn + 0.5) * scale;
    if (x <= 0) return;
    context.fillStyle = palette.final;
    context.fillRect(0, 0, Math.min(x, width), height);
    if (x >= width) return;
    context.strokeStyle = palette.text;
    context.globalAlpha = 0.5;
    context.setLineDash([4, 4]);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = palette.text;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.globalAlpha = 0.8;
    context.fillText(`finalized to ${this.#finalizedNumber}`, x - 6, 14);
    context.globalAlpha = 1;
  }

  #drawFocus(context: CanvasRenderingContext2D, scale: number, palette: Palette): void {
    const node = this.focused && this.#nodes.get(this.focused);
    if (!node) return;
    context.strokeStyle = palette.focus;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(node.x * scale, node.y * scale * ROW, radiusAt(scale) + 5, 0, 2 * Math.PI);
    context.stroke();
  }

  #add(block: DagBlock, nowMs: number): DagNode {
    const { column, row } = this.#layout.places.get(block.hash)!;
    const node: DagNode = {
      block,
      x: column,
      y: row,
      bornAtMs: this.isCalm ? LONG_AGO : nowMs,
      changedAtMs: nowMs,
      isMoving: false,
      isBaked: false,
      parents: [],
      children: new Set(),
    };
    this.#nodes.set(block.hash, node);
    // A child can arrive before its parent.
    for (const other of this.#loose) if (other.block.parents.includes(block.hash)) this.#connect(other);
    return node;
  }

  #connect(node: DagNode): void {
    node.parents = node.block.parents
      .map((hash) => this.#nodes.get(hash))
      .filter((parent) => parent !== undefined);
    for (const parent of node.parents) parent.children.add(node);
  }

  #remove(hash: Hex): void {
    const node = this.#nodes.get(hash)!;
    if (node.isBaked) this.#tiles.spoil(spanOf(node));
    for (const child of node.children) {
      if (child.isBaked) this.#tiles.spoil(spanOf(child));
      child.parents = child.parents.filter((parent) => parent !== node);
    }
    for (const parent of node.parents) parent.children.delete(node);
    this.#nodes.delete(hash);
    this.#loose.delete(node);
  }

  #loosen(node: DagNode, nowMs: number): void {
    const { column, row } = this.#layout.places.get(node.block.hash)!;
    node.isMoving = node.x !== column || node.y !== row;
    for (const one of [node, ...node.children]) {
      if (one.isBaked) this.#tiles.spoil(spanOf(one));
      one.isBaked = false;
      one.changedAtMs = nowMs;
      this.#loose.add(one);
    }
  }

  #bake(nowMs: number): void {
    const settled = [...this.#loose].filter((node) => {
      const rest = nowMs - node.changedAtMs;
      if (node.isMoving || node.parents.some((parent) => parent.isMoving)) return false;
      return rest > (tintOf(node.block) === "pending" ? FORGOTTEN_MS : SETTLED_MS);
    });
    if (settled.length < Math.min(BAKED_AT_ONCE, this.#loose.size)) return;
    for (const node of settled) {
      node.isBaked = true;
      this.#loose.delete(node);
    }
    this.#tiles.add(settled);
  }

  #columnOfFinal(): number | undefined {
    let last: number | undefined;
    for (const { block } of this.#nodes.values()) {
      if (!block.isChainBlock || block.number > this.#finalizedNumber) continue;
      const { column } = this.#layout.places.get(block.hash)!;
      last = Math.max(last ?? column, column);
    }
    return last;
  }

  #project({ x, y }: Point, width: number, height: number): Point {
    const { camera } = this;
    return {
      x: (x - camera.x) * camera.scale + width / 2,
      y: (y - camera.y) * camera.scale * ROW + height / 2,
    };
  }

  #newestChainBlock(): DagBlock | undefined {
    let newest: DagBlock | undefined;
    for (const { block } of this.#nodes.values()) {
      if (block.isChainBlock && block.blueScore >= (newest?.blueScore ?? -1)) newest = block;
    }
    return newest;
  }
}

function glide(from: number, to: number, share: number): number {
  const distance = to - from;
  return Math.abs(distance) < 0.004 ? to : from + distance * share;
}
