import type { Clock } from "@trellis/base";
import type { Ledger } from "@trellis/reserves/ledger";
import { reconcile } from "@trellis/reserves/reconciliation";
import type { Snapshots } from "@trellis/reserves/snapshots";
import type { ServiceIncidents } from "./openIncidents.ts";

export interface ReconciliationParts {
  readonly ledger: Pick<Ledger, "totals">;
  readonly snapshots: Pick<Snapshots, "list" | "record">;
  readonly incidents: ServiceIncidents;
  readonly clock: Clock;
}

/**
 * Compares what the newest signed tree adds up to with what the ledger says of that position. The chains are not
 * read here: what is found of them is left out.
 */
export async function reconcileTree(parts: ReconciliationParts): Promise<{ readonly openCount: number }> {
  const { ledger, snapshots, incidents, clock } = parts;
  const newest = (await snapshots.list({ limit: 2 })).find(({ state }) => state === "signed");
  if (newest === undefined) return { openCount: 0 };
  const { record } = await snapshots.record(newest.number);
  const nowMs = clock.nowMs();
  const found = reconcile(
    {
      ledger: await ledger.totals(newest.position),
      tree: new Map(record.totals.map(({ asset, amount }) => [asset, BigInt(amount)])),
      chain: new Map(),
      nowMs,
      chainTimeMs: nowMs,
      dissentCount: 0,
    },
    { marginBasisPoints: 0, readingAgeMsMax: 0, chainTolerance: new Map() },
  );
  return {
    openCount: await incidents.record(found.filter(({ kind }) => kind === "TREE_DIFFERS_FROM_LEDGER")),
  };
}
