import { openBlockReader } from "@trellis/chain";
import { serveReads } from "@trellis/rpc";
import { openStoreReader } from "@trellis/storage";

// A worker that reads the blocks of the store in a directory.

/** Memory for decoded blocks, roughly; the same for executed ones. Bytes */
const CACHE_BYTES_MAX = 32 << 20;

serveReads((directory) => {
  const store = openStoreReader(directory);
  return { blocks: openBlockReader(store, CACHE_BYTES_MAX), inView: store.inView };
});
