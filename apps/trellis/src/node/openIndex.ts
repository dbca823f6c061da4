import { isTrellisError } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import { Indexer, indexerErrors } from "@trellis/indexer";
import { systemPace, systemScheduler } from "@trellis/platform/system";
import { createMemoryStore, type KeyValueStore, openStore, type StoreKind } from "@trellis/storage";
import type { ChainIo } from "./ChainIo.ts";
import { indexDirectory } from "./dataDirectory.ts";

/** A test lasts 10 ms, then a revert removes its blocks. */
const CONTROLLED_LAG_MS = 250;

/** Not durable: after a power failure the node rebuilds lost entries. */
export async function openIndex(
  { dataDir, storeKind }: { readonly dataDir: string | undefined; readonly storeKind: StoreKind },
  chain: Chain,
  { lifecycle, log, metrics, tracing }: ChainIo,
): Promise<Indexer> {
  const store = await lifecycle.start(
    "index store",
    async () =>
      dataDir === undefined ? createMemoryStore() : openIndexStore(indexDirectory(dataDir), storeKind),
    (opened) => opened.close(),
  );
  return lifecycle.start(
    "index",
    () =>
      Indexer.open({
        chain: chain.view,
        store,
        log: log.child("index"),
        metrics,
        tracing,
        pace: systemPace,
        lag: chain.control && { ms: CONTROLLED_LAG_MS, scheduler: systemScheduler },
      }),
    (index) => index.stop(),
  );
}

async function openIndexStore(directory: string, kind: StoreKind): Promise<KeyValueStore> {
  try {
    return await openStore(directory, kind, { isDurable: false });
  } catch (error) {
    if (!isTrellisError(error, "STORE_CORRUPT")) throw error;
    throw indexerErrors.INDEX_UNUSABLE({ directory, reason: error.facts.reason }, error);
  }
}
