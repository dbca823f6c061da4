import type { BlockReader } from "@trellis/protocol";
import type { KeyReader } from "@trellis/storage";
import { BlockStore } from "./BlockStore.ts";
import { openChainTables } from "./tables.ts";

export function openBlockReader(store: Pick<KeyReader, "get" | "has">, cacheBytesMax: number): BlockReader {
  const tables = openChainTables({ get: store.get, has: store.has, range: () => [] });
  const blocks = new BlockStore(tables, cacheBytesMax);
  return {
    blockByHash: (hash) => blocks.chainBlock(hash),
    chainHeader: (hash) => blocks.storedChainHeader(hash),
    header: (hash) => blocks.header(hash),
  };
}
