import { openBlockReader } from "@trellis/chain";
import { serveReads } from "@trellis/rpc";
import { openStoreReader } from "@trellis/storage";

/** Approximate limit per worker. Block execution can use as much again. */
const CACHE_BYTES_MAX = 32 << 20;

serveReads((directory) => {
  const store = openStoreReader(directory);
  return { blocks: openBlockReader(store, CACHE_BYTES_MAX), inView: store.inView };
});
