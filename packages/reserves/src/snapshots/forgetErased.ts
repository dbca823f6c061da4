import type { Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Erasure, Ledger } from "../ledger/index.ts";
import { openLiabilityTree } from "../liabilities/index.ts";
import type { SnapshotTables } from "./schema.ts";
import { changeChunks, type StoredTree, storedChunks } from "./storedTree.ts";

type Tables = SchemaDatabase<SnapshotTables>;

interface ForgetPorts {
  readonly ledger: Pick<Ledger, "erasures">;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/**
 * Has every stored tree forget who was erased since it last did, one tree after another, each whole or not at all: who
 * is interrupted goes on with those that are left. One that fails holds up no other.
 * @returns how many trees were gone through
 * @throws TREE_IMAGE_INVALID and what the database throws, when all others are done
 */
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

/** Up to which erasure a stored tree has forgotten who was erased. */
export async function forgottenIn({ db }: Tables, number: bigint): Promise<bigint> {
  const row = await db
    .selectFrom("forgotten_leaves")
    .select("erasure")
    .where("number", "=", number)
    .executeTakeFirst();
  return row?.erasure ?? 0n;
}

/** Trees of attempts that ended, which have not forgotten all up to an erasure. */
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
  // Not one that is held open to prove: what that one has forgotten may not have been stored.
  const tree = await openLiabilityTree(
    storedChunks(tables, stored, (size) => sizes.push(size)),
    { random },
  );
  for (const customer of customers) tree.forget(customer, random);
  const changes = tree.changes().filter(({ offset }) => offset > 0);
  await tables.transaction(async (tx) => {
    await changeChunks(tx, stored, sizes, changes);
    await tx
      .insertInto("forgotten_leaves")
      .values({ number, erasure })
      .onConflict((conflict) => conflict.column("number").doUpdateSet({ erasure }))
      .execute();
  });
}
