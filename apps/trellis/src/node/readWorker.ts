// The packages' indexes would load three times as many modules into each worker.
import { openBlockReader } from "@trellis/chain/blocks";
import { serveReads } from "@trellis/rpc/reads";
import { openStoreReader } from "@trellis/storage/reader";

/** Approximate limit per worker. Block execution can use as much again. */
const CACHE_BYTES_MAX = 32 << 20;

serveReads((directory) => {
  const store = openStoreReader(directory);
  return { blocks: openBlockReader(store, CACHE_BYTES_MAX), inView: store.inView };
});
