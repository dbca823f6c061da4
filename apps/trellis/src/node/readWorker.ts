import { openBlockReader } from "@trellis/chain";
import { serveReads } from "@trellis/rpc";
import { openStoreReader } from "@trellis/storage";

/** Approximate bytes; executed blocks may use as many again. */
const CACHE_BYTES_MAX = 32 << 20;

serveReads((directory) => {
  const store = openStoreReader(directory);
  return { blocks: openBlockReader(store, CACHE_BYTES_MAX), inView: store.inView };
});
