import type { Chain } from "@trellis/chain";
import { createIndexer, type Indexer } from "@trellis/indexer";
import { createMemoryStore, openLmdbStore } from "@trellis/storage";
import type { ServiceIo } from "../cli/VerbIo.ts";
import { indexDirectory } from "./dataDirectory.ts";

/**
 * Opens the index of accounts, tokens and topics, and begins to follow the chain. It does not wait for the disk: what
 * a loss of power costs is built again.
 */
export async function openIndex(
  dataDir: string | undefined,
  chain: Chain,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<Indexer> {
  const store = await lifecycle.start(
    "index store",
    async () =>
      dataDir === undefined
        ? createMemoryStore()
        : openLmdbStore(indexDirectory(dataDir), { isDurable: false }),
    (opened) => opened.close(),
  );
  return lifecycle.start(
    "index",
    () => createIndexer({ chain: chain.view, store, log: log.child("index"), metrics }),
    (index) => index.stop(),
  );
}
