import type { Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Erasure, Ledger } from "../ledger/index.ts";
import { openLiabilityTree } from "../liabilities/index.ts";
import type { SnapshotTables } from "./schema.ts";
import { changeChunks, type SnapshotStore, type StoredTree, storedChunks } from "./storedTree.ts";

type Tables = SnapshotStore;

interface ForgetPorts {
  readonly ledger: Pick<Ledger, "erasures">;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/** Resumable: one transaction per tree. A failure does not stop the other trees. */
export async function forgetErased(tables: Tables, ports: ForgetPorts): Promise<number> {
  const newest = (await ports.ledger.erasures(0n)).at(-1)?.number ?? 0n;
  const trees = await treesBehind(tables, newest);
  const failures: unknown[] = [];
  for (const { erasure, ...tree } of trees) {
    ports.signal?.throwIfAborted();
    try {
      await forgetIn(tables, tree, await ports.ledger.erasures(erasure ?? 0n), ports);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return trees.length;
}

export async function forgottenIn({ db }: SchemaDatabase<SnapshotTables>, number: bigint): Promise<bigint> {
  const row = await db
    .selectFrom("forgotten_leaves")
    .select("erasure")
    .where("number", "=", number)
    .executeTakeFirst();
  return row?.erasure ?? 0n;
}

function treesBehind({ db }: Tables, newest: bigint) {
  return db
    .selectFrom("snapshots")
    .leftJoin("forgotten_leaves", "forgotten_leaves.number", "snapshots.number")
    .select(["snapshots.number", "snapshots.attempt", "forgotten_leaves.erasure"])
    .where("state", "!=", "building")
    .where("snapshots.number", "not in", (removed) => removed.selectFrom("removed_trees").select("number"))
    .where((is) => is(is.fn.coalesce("forgotten_leaves.erasure", is.lit(0)), "<", newest))
    .orderBy("snapshots.number")
    .execute();
}

async function forgetIn(
  tables: Tables,
  stored: StoredTree,
  erasures: readonly Erasure[],
  { random }: ForgetPorts,
): Promise<void> {
  const { number } = stored;
  const erasure = erasures.at(-1)?.number ?? 0n;
  const customers = erasures.map(({ customer }) => customer);
  const sizes: number[] = [];
  // Opens a copy, because the cached tree may have unsaved changes.
  const tree = await openLiabilityTree(
    storedChunks(tables, stored, (size) => sizes.push(size)),
    { random },
  );
  for (const customer of customers) tree.forget(customer, random);
  const changes = tree.changes().filter(({ offset }) => offset > 0);
  await tables.transaction(async (tx) => {
    await changeChunks(tx, tables, stored, { sizes, changes });
    await tx
      .insertInto("forgotten_leaves")
      .values({ number, erasure })
      .onConflict((conflict) => conflict.column("number").doUpdateSet({ erasure }))
      .execute();
  });
}
