import { join } from "node:path";
import type { Manifest } from "@trellis/backup";
import { migrateChain } from "@trellis/chain";
import { openStore } from "@trellis/storage";
import { refuseProblems, verifyChain } from "../../db/verification.ts";
import { proveDatabase } from "./proveDatabase.ts";

export interface Proof {
  /** A sentence for each part. */
  readonly proofs: readonly string[];
  /** Of all chains. */
  readonly headNumber: number;
}

/**
 * Recomputes what the restored data must show.
 * @throws STORE_CORRUPT, SCHEMA_UNSUPPORTED
 */
export async function proveRestored({ parts }: Manifest, directory: string): Promise<Proof> {
  const proofs: string[] = [];
  let headNumber = 0;
  for (const { name, kind } of parts) {
    if (kind === "pglite") proofs.push(`${name}: ${await proveDatabase(join(directory, name))}`);
    // The index is rebuilt from the chain, so only the chain's hashes count.
    if ((kind !== "lmdb" && kind !== "rocksdb") || !name.split("/").includes("chain")) continue;
    const place = join(directory, name);
    const store = await openStore(place, kind);
    try {
      // A backup of an older release has an older schema.
      await migrateChain(store);
      const report = verifyChain(store);
      refuseProblems(report, place);
      headNumber = Math.max(headNumber, report.head.number);
      proofs.push(
        `${name}: head ${report.head.number} ${report.head.hash}, state root ${report.base.stateRoot}`,
      );
    } finally {
      await store.close();
    }
  }
  return { proofs, headNumber };
}
