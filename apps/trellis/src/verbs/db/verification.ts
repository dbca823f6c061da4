import { type StoreReport, storedSchema, verifyStore } from "@trellis/chain";
import type { Progress } from "@trellis/platform/progress";
import { type KeyReader, storageErrors } from "@trellis/storage";

const ENTRIES_PER_REPORT = 1_000;

/** Checks the schema version first, because a newer schema is not corruption. */
export function verifyChain(store: KeyReader, progress?: Progress): StoreReport {
  storedSchema(store);
  return verifyStore(progress === undefined ? store : reported(store, progress));
}

/** Most tables are read once, so that their entries show the progress. */
function reported(store: KeyReader, progress: Progress): KeyReader {
  let total = 0;
  for (const _ of store.range({})) total++;
  let done = 0;
  return {
    get: (key) => store.get(key),
    has: (key) => store.has(key),
    *range(range) {
      for (const entry of store.range(range)) {
        if (++done % ENTRIES_PER_REPORT === 0) progress.report("entries", Math.min(done, total), total);
        yield entry;
      }
    },
  };
}

export function refuseProblems({ problems }: StoreReport, dataDir: string): void {
  if (problems.length === 0) return;
  throw storageErrors.STORE_CORRUPT({ dataDir, problems: problems.length, first: problems[0] });
}
