import { type Clock, isHex } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import { sql } from "kysely";
import { checkTerms, type SchemeName } from "../liabilities/index.ts";
import { type KeptTerms, type SnapshotStorePorts, treeTerms } from "./buildSnapshot.ts";
import { snapshotsErrors } from "./errors.ts";
import { requireBuildable } from "./requireBuildable.ts";
import { areBlockHeights } from "./SnapshotRecord.ts";
import type { SnapshotTables } from "./schema.ts";

export interface BeginOptions {
  readonly scheme?: SchemeName;
  readonly depth?: number;
  readonly blockHeights?: Readonly<Record<string, number>>;
  readonly prices?: { readonly setHash: `0x${string}`; readonly assets: readonly string[] };
}

const BEGIN_LOCK = 0x74726c73;

type BeginPorts = Pick<SnapshotStorePorts, "ledger" | "random"> & { readonly clock: Clock };

export async function beginSnapshot(
  tables: SchemaDatabase<SnapshotTables>,
  options: BeginOptions,
  ports: BeginPorts,
): Promise<number> {
  for (;;) {
    const number = await tryBegin(tables, options, ports);
    if (number !== undefined) return number;
  }
}

/** @returns undefined if another snapshot was signed at a later position */
async function tryBegin(
  { transaction }: SchemaDatabase<SnapshotTables>,
  { scheme = "sum", depth, blockHeights = {}, prices }: BeginOptions,
  { ledger, random, clock }: BeginPorts,
): Promise<number | undefined> {
  const buildable = requireBuildable(scheme);
  // Outside the transaction, which occupies the embedded database's only session. Position first: the other
  // reads then include all assets and debts up to it.
  const [position, assets, hasDebt] = [
    await ledger.position(),
    await ledger.assets(),
    await ledger.hasDebts(),
  ];
  if (
    !areBlockHeights(blockHeights) ||
    (prices !== undefined && !isHex(prices.setHash, 32)) ||
    position === 0n
  ) {
    throw snapshotsErrors.SNAPSHOT_TERMS_INVALID({ chains: Object.keys(blockHeights).length, position });
  }
  const unpriced = assets.find(({ symbol }) => prices?.assets.includes(symbol) === false);
  if (unpriced !== undefined) throw snapshotsErrors.SNAPSHOT_ASSET_UNPRICED({ asset: unpriced.symbol });
  const terms: KeptTerms = {
    scheme: buildable,
    assets,
    hasDebt,
    depth: depth ?? null,
    blockHeights,
    priceSetHash: prices?.setHash ?? null,
  };
  const snapshotId = random.bytes(32);
  checkTerms(treeTerms(snapshotId, terms));
  return transaction(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(${BEGIN_LOCK})`.execute(tx);
    const last = await tx
      .selectFrom("snapshots")
      .select(["number", "state", "position"])
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    if (last !== undefined && last.state !== "signed")
      throw snapshotsErrors.SNAPSHOT_UNSIGNED({
        reason: "the previous snapshot must end first",
        number: last.number,
      });
    if (last !== undefined && last.position > position) return undefined;
    const number = (last?.number ?? 0n) + 1n;
    await tx
      .insertInto("snapshots")
      .values({
        number,
        state: "building",
        snapshot_id: Buffer.from(snapshotId),
        position,
        terms: JSON.stringify(terms),
        time_ms: BigInt(clock.nowMs()),
        attempt: 0n,
        record: null,
        signature: null,
      })
      .execute();
    return Number(number);
  });
}
