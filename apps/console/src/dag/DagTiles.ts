import type { Hex } from "viem";
import type { DagNode } from "./DagNode.ts";
import { drawEdges, drawNodes, type Palette, ROW, radiusAt } from "./drawing.ts";

const TILE_WIDTH = 512;
/** Old tiles are stretched until the scale has been constant for this time. */
const ZOOM_REST_MS = 120;
/** Minimum rows per tile. Spare rows avoid redrawing all tiles for each new row. */
const ROWS_MIN = 6;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Keeps bitmaps in main memory, because many machines emulate a GPU in slow software. */
export const IN_MEMORY: CanvasRenderingContext2DSettings = { willReadFrequently: true };

interface Tile {
  readonly edges: CanvasRenderingContext2D;
  readonly nodes: CanvasRenderingContext2D;
}

interface Level {
  readonly scale: number;
  readonly rows: number;
  readonly tiles: Map<number, Tile>;
}

export interface TileView {
  readonly scale: number;
  readonly originX: number;
  readonly originY: number;
  readonly width: number;
  readonly ratio: number;
  readonly rows: number;
}

export class DagTiles {
  #level: Level = { scale: 0, rows: 0, tiles: new Map() };
  #before: Level | undefined;
  #zoomedAtMs = Number.NEGATIVE_INFINITY;
  #ratio = 0;
  #palette: Palette | undefined;

  spoil(span: Span): void {
    const { tiles, scale } = this.#level;
    for (const at of tilesOf(span, scale)) tiles.delete(at);
  }

  add(nodes: readonly DagNode[]): void {
    if (this.#palette === undefined) return;
    const { scale, tiles } = this.#level;
    const byTile = new Map<number, DagNode[]>();
    for (const node of nodes) {
      for (const at of tilesOf(spanOf(node), scale)) {
        if (tiles.has(at)) byTile.set(at, [...(byTile.get(at) ?? []), node]);
      }
    }
    for (const [at, own] of byTile) this.#drawOnto(at, own);
  }

  /** While old tiles are shown, creates at most one tile per frame. @returns true if tiles are missing */
  prepare(view: TileView, palette: Palette, nodes: ReadonlyMap<Hex, DagNode>, nowMs: number): boolean {
    if (palette !== this.#palette || view.ratio !== this.#ratio || view.rows > this.#level.rows) {
      this.#level = { scale: view.scale, rows: roomFor(view.rows), tiles: new Map() };
      this.#before = undefined;
      this.#palette = palette;
      this.#ratio = view.ratio;
    } else if (view.scale !== this.#level.scale) {
      this.#before ??= this.#level;
      this.#level = { ...this.#level, scale: view.scale, tiles: new Map() };
      this.#zoomedAtMs = nowMs;
    }
    if (this.#before !== undefined && nowMs - this.#zoomedAtMs < ZOOM_REST_MS) return true;
    const wanted = seenTiles(view);
    for (const at of this.#level.tiles.keys()) if (!wanted.includes(at)) this.#level.tiles.delete(at);
    const missing = wanted.filter((at) => !this.#level.tiles.has(at));
    const now = this.#before === undefined ? missing : missing.slice(0, 1);
    for (const at of now) this.#make(at, nodes);
    if (missing.length > now.length) return true;
    this.#before = undefined;
    return false;
  }

  draw(context: CanvasRenderingContext2D, layer: keyof Tile, view: TileView): void {
    const level = this.#before ?? this.#level;
    const stretch = view.scale / level.scale;
    const height = heightOf(level) * stretch;
    for (const [at, tile] of level.tiles) {
      const x = view.originX + at * TILE_WIDTH * stretch;
      if (x > view.width || x + TILE_WIDTH * stretch < 0) continue;
      context.drawImage(tile[layer].canvas, x, view.originY - height / 2, TILE_WIDTH * stretch, height);
    }
  }

  #make(at: number, nodes: ReadonlyMap<Hex, DagNode>): void {
    const { scale, tiles } = this.#level;
    const size = [
      Math.ceil(TILE_WIDTH * this.#ratio),
      Math.ceil(heightOf(this.#level) * this.#ratio),
    ] as const;
    tiles.set(at, { edges: bitmapOf(...size), nodes: bitmapOf(...size) });
    const own = [...nodes.values()].filter((node) => {
      if (!node.isBaked) return false;
      const places = tilesOf(spanOf(node), scale);
      return places[0]! <= at && places.at(-1)! >= at;
    });
    this.#drawOnto(at, own);
  }

  #drawOnto(at: number, nodes: readonly DagNode[]): void {
    const level = this.#level;
    const tile = level.tiles.get(at)!;
    const ratio = this.#ratio;
    for (const layer of ["edges", "nodes"] as const) {
      const context = tile[layer];
      context.setTransform(ratio, 0, 0, ratio, -at * TILE_WIDTH * ratio, (heightOf(level) / 2) * ratio);
      if (layer === "edges") drawEdges(context, nodes, level.scale, this.#palette!);
      else drawNodes(context, nodes, level.scale, this.#palette!, Number.POSITIVE_INFINITY);
    }
  }
}

function bitmapOf(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext("2d", IN_MEMORY)!;
}

export function spanOf({ x, parents }: DagNode): Span {
  return { from: parents.reduce((least, parent) => Math.min(least, parent.x), x), to: x };
}

function tilesOf({ from, to }: Span, scale: number): readonly number[] {
  const margin = radiusAt(scale) * 1.5;
  const first = Math.floor((from * scale - margin) / TILE_WIDTH);
  const last = Math.floor((to * scale + margin) / TILE_WIDTH);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function seenTiles({ originX, width }: TileView): readonly number[] {
  const first = Math.floor(-originX / TILE_WIDTH);
  const last = Math.floor((width - originX) / TILE_WIDTH);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Even, so that the middle of the tile is a whole CSS pixel. */
function heightOf({ scale, rows }: Level): number {
  return 2 * Math.ceil((rows + 1) * scale * ROW + radiusAt(scale));
}

function roomFor(rows: number): number {
  return Math.max(ROWS_MIN, Math.ceil(rows * 1.25));
}
