import { openBlockReader } from "@trellis/chain";
import { serveReads } from "@trellis/rpc";
import { openStoreReader } from "@trellis/storage";

/** Approximate; executed blocks may use as much again. bytes */
const CACHE_BYTES_MAX = 32 << 20;

serveReads((directory) => {
  const store = openStoreReader(directory);
  return { blocks: openBlockReader(store, CACHE_BYTES_MAX), inView: store.inView };
});
