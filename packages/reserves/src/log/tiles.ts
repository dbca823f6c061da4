import { LruMap } from "@trellis/base";
import { logErrors } from "./errors.ts";
import { HASH_SIZE, nodeHash } from "./hashes.ts";
import type { LogStore } from "./LogStore.ts";

/** C2SP tlog-tiles. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 2 ** TILE_HEIGHT;

/** A full tile with inner nodes takes 16 kB. */
const CACHED_TILES_MAX = 256;

export interface NodeReader {
  node(level: number, index: number): Promise<Uint8Array>;
}

/** Only full tiles, which never change. */
type TileCache = LruMap<string, readonly Uint8Array[][]>;

export function createTileCache(): TileCache {
  return new LruMap(CACHED_TILES_MAX);
}

export function tileWidth(size: number, level: number, index: number): number {
  const nodes = Math.floor(size / 2 ** (TILE_HEIGHT * level));
  return Math.max(0, Math.min(TILE_WIDTH, nodes - index * TILE_WIDTH));
}

export function createNodeReader(store: LogStore, size: number, cache: TileCache): NodeReader {
  const tiles = new Map<string, Promise<readonly Uint8Array[][]>>();

  async function load(level: number, index: number): Promise<readonly Uint8Array[][]> {
    const width = tileWidth(size, level, index);
    const key = `${level}/${index}`;
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const bytes = await store.readTile(level, index);
    if (bytes === undefined || bytes.length < width * HASH_SIZE)
      throw logErrors.LOG_TILE_DAMAGED({
        level,
        index,
        hashes: (bytes?.length ?? 0) / HASH_SIZE,
        expected: width,
      });
    const rows = innerNodes(hashesOf(bytes, width));
    if (width === TILE_WIDTH) cache.set(key, rows);
    return rows;
  }

  return {
    async node(level, index) {
      const tileLevel = Math.floor(level / TILE_HEIGHT);
      const height = level % TILE_HEIGHT;
      const perTile = TILE_WIDTH / 2 ** height;
      const tileIndex = Math.floor(index / perTile);
      const key = `${tileLevel}/${tileIndex}`;
      const tile = tiles.get(key) ?? load(tileLevel, tileIndex);
      tiles.set(key, tile);
      const hash = (await tile)[height]?.[index % perTile];
      if (hash === undefined) throw logErrors.LOG_TILE_DAMAGED({ level, index, size });
      return hash;
    },
  };
}

export function hashesOf(tile: Uint8Array, count = tile.length / HASH_SIZE): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => tile.subarray(at * HASH_SIZE, (at + 1) * HASH_SIZE));
}

export function innerNodes(lowest: readonly Uint8Array[]): Uint8Array[][] {
  const rows = [[...lowest]];
  for (let row = rows[0] as Uint8Array[]; row.length > 1; row = rows.at(-1) as Uint8Array[]) {
    const above: Uint8Array[] = [];
    for (let at = 0; at + 1 < row.length; at += 2)
      above.push(nodeHash(row[at] as Uint8Array, row[at + 1] as Uint8Array));
    rows.push(above);
  }
  return rows;
}
