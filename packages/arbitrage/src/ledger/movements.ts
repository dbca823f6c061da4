import type { Hex } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Asset, Movement, Position, TimeRange } from "./ArbitrageLedger.ts";
import { differencesOf } from "./movementDifferences.ts";
import { rowToMovement } from "./rows.ts";
import type { LedgerTables } from "./schema.ts";

type Rows = Pick<SchemaDatabase<LedgerTables>, "db">;

export async function replaceMovements(
  tables: Rows,
  chainId: number,
  transactionHashes: readonly Hex[],
  wanted: readonly Movement[],
  nowMs: number,
): Promise<void> {
  const entered = await readMovements(tables, chainId, transactionHashes);
  const values = differencesOf(entered, wanted).map(({ movement, amount, reference }) => ({
    chain_id: BigInt(chainId),
    account: movement.account,
    asset: movement.asset,
    kind: movement.kind,
    amount: String(amount),
    reference: reference === undefined ? null : String(reference),
    opportunity_id: movement.opportunityId ?? null,
    transaction_hash: movement.transactionHash,
    block_height: BigInt(movement.block.height),
    block_hash: movement.block.hash,
    recorded_at_ms: BigInt(nowMs),
  }));
  if (values.length > 0) await tables.db.insertInto("movements").values(values).execute();
}

export async function readMovements(
  { db }: Rows,
  chainId: number,
  transactionHashes: readonly Hex[],
): Promise<Movement[]> {
  const rows = await db
    .selectFrom("movements")
    .selectAll()
    .where("chain_id", "=", BigInt(chainId))
    .where("transaction_hash", "in", [...transactionHashes])
    .orderBy("position")
    .execute();
  return rows.map(rowToMovement);
}

export async function readMovementsAfter(
  { db }: Rows,
  after: bigint,
  limit: number,
  time: TimeRange | undefined,
): Promise<(Movement & { readonly position: bigint })[]> {
  let query = db.selectFrom("movements").selectAll().where("position", ">", after).orderBy("position");
  if (time !== undefined)
    query = query
      .where("recorded_at_ms", ">=", BigInt(time.fromMs))
      .where("recorded_at_ms", "<", BigInt(time.toMs));
  const rows = await query.limit(limit).execute();
  return rows.map((row) => ({ ...rowToMovement(row), position: row.position }));
}

export async function readPositions({ db }: Rows, chainId: number, upToHeight: number): Promise<Position[]> {
  const rows = await db
    .selectFrom("movements")
    .select((select) => ["account", "asset", select.fn.sum<string>("amount").as("amount")])
    .where("chain_id", "=", BigInt(chainId))
    .where("block_height", "<=", BigInt(upToHeight))
    .groupBy(["account", "asset"])
    .orderBy("account")
    .orderBy("asset")
    .execute();
  return rows.map(({ account, asset, amount }) => ({
    account: account as Hex,
    asset: asset as Asset,
    amount: BigInt(amount),
  }));
}
