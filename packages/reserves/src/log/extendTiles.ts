import { logErrors } from "./errors.ts";
import { HASH_SIZE } from "./hashes.ts";
import type { LogStore, TileWrite } from "./LogStore.ts";
import { hashesOf, innerNodes, TILE_HEIGHT, TILE_WIDTH, tileWidth } from "./tiles.ts";

export async function extendTiles(
  store: LogStore,
  size: number,
  leaves: readonly Uint8Array[],
): Promise<TileWrite[]> {
  const writes: TileWrite[] = [];
  let hashes = leaves;
  for (let level = 0; hashes.length > 0; level++) {
    const nodes = Math.floor(size / 2 ** (TILE_HEIGHT * level));
    const roots: Uint8Array[] = [];
    const first = Math.floor(nodes / TILE_WIDTH);
    const row = (await openTile(store, size, level, first)).concat(hashes);
    for (let at = 0; at < row.length; at += TILE_WIDTH) {
      const tile = row.slice(at, at + TILE_WIDTH);
      writes.push({ level, index: first + at / TILE_WIDTH, hashes: joined(tile) });
      if (tile.length === TILE_WIDTH) roots.push(...(innerNodes(tile)[TILE_HEIGHT] as Uint8Array[]));
    }
    hashes = roots;
  }
  return writes;
}

async function openTile(store: LogStore, size: number, level: number, index: number): Promise<Uint8Array[]> {
  const width = tileWidth(size, level, index);
  if (width === 0) return [];
  const tile = await store.readTile(level, index);
  if (tile === undefined || tile.length < width * HASH_SIZE)
    throw logErrors.LOG_TILE_DAMAGED({
      level,
      index,
      hashes: (tile?.length ?? 0) / HASH_SIZE,
      expected: width,
    });
  return hashesOf(tile, width);
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
  const tile = new Uint8Array(hashes.length * HASH_SIZE);
  for (const [at, hash] of hashes.entries()) tile.set(hash, at * HASH_SIZE);
  return tile;
}
