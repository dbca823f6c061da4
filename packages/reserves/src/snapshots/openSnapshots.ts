import { type Clock, isHex, LruMap } from "@trellis/base";
import type { Database, SchemaDatabase } from "@trellis/platform/db";
import { sql } from "kysely";
import { type LiabilityTree, openLiabilityTree, type ProofFile } from "../liabilities/index.ts";
import {
  type BuildOptions,
  buildSnapshot,
  findSnapshot,
  type KeptTerms,
  type SnapshotDependencies,
  type SnapshotRow,
} from "./buildSnapshot.ts";
import { snapshotsErrors } from "./errors.ts";
import { areBlockHeights, decodeRecord, type SignedRecord } from "./SnapshotRecord.ts";
import { SNAPSHOT_STEPS, type SnapshotTables } from "./schema.ts";
import { type SignedStatement, signStatement } from "./signStatement.ts";

export interface BeginOptions {
  /** `sum` unless given. */
  readonly scheme?: "sum" | "plain";
  /** Levels of the tree; the scheme's choice by the number of customers unless given. */
  readonly depth?: number;
  /** At which block reserves will be read, by chain. */
  readonly blockHeights?: Readonly<Record<string, number>>;
  readonly priceSetHash?: `0x${string}`;
}

export interface SnapshotView {
  readonly number: number;
  readonly state: "building" | "built" | "signed";
  readonly position: bigint;
  readonly timeMs: number;
}

/** Frozen pictures of the ledger with a tree that proves them. */
export interface Snapshots {
  /**
   * Freezes the ledger as it is now. Nothing is built yet.
   * @returns its number
   * @throws SNAPSHOT_TERMS_INVALID, SNAPSHOT_UNDER_WAY
   */
  begin(options?: BeginOptions): Promise<number>;
  /**
   * Builds and signs it, or what of it is not done yet: for a job that is tried again until it ends.
   * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_TAKEN_OVER, SNAPSHOT_TOTALS_DIFFER, and what building a tree throws
   */
  build(number: number, options?: BuildOptions): Promise<SignedRecord>;
  /** Newest first. */
  list(options: { readonly before?: number; readonly limit: number }): Promise<readonly SnapshotView[]>;
  /** @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED */
  record(number: number): Promise<SignedRecord>;
  /**
   * One proof for all of the customers.
   * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED, CUSTOMER_UNKNOWN
   */
  prove(number: number, customers: readonly string[]): Promise<ProofFile>;
  /**
   * How a customer's balance went from one snapshot to another, or from its beginning (0), signed.
   * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED, LEDGER_CUSTOMER_UNKNOWN, LEDGER_ASSET_UNKNOWN
   */
  statement(range: {
    readonly customer: string;
    readonly asset: string;
    readonly from: number;
    readonly to: number;
  }): Promise<SignedStatement>;
}

export interface SnapshotsOptions {
  readonly schema?: string;
  /** Memory that trees may take which are held open to prove. */
  readonly treeBytesMax?: number;
}

const TREE_BYTES_MAX = 1 << 30;
/** Serialises those who begin a snapshot: an advisory lock of PostgreSQL's. */
const BEGIN_LOCK = 0x74726c73;

export async function openSnapshots(
  dependencies: SnapshotDependencies & { readonly database: Database; readonly clock: Clock },
  { schema = "reserves_snapshots", treeBytesMax = TREE_BYTES_MAX }: SnapshotsOptions = {},
): Promise<Snapshots> {
  const { database, ledger, random, clock } = dependencies;
  const tables = await database.openSchema<SnapshotTables>(schema, SNAPSHOT_STEPS);
  const trees = new LruMap<number, { readonly tree: Promise<LiabilityTree>; size: number }>(
    treeBytesMax,
    ({ size }) => size,
  );

  async function signed(number: number): Promise<SnapshotRow> {
    const row = await findSnapshot(tables, idOf(number));
    if (row.state !== "signed") throw snapshotsErrors.SNAPSHOT_UNSIGNED({ number, state: row.state });
    return row;
  }

  async function treeOf(number: number): Promise<LiabilityTree> {
    const row = await signed(number);
    const held = trees.get(number);
    if (held !== undefined) return held.tree;
    const opening = openLiabilityTree(storedChunks(tables, row), { random });
    trees.set(number, { tree: opening, size: 0 });
    try {
      const tree = await opening;
      trees.set(number, { tree: opening, size: tree.byteLength });
      return tree;
    } catch (error) {
      trees.delete(number);
      throw error;
    }
  }

  return {
    begin: (options = {}) => begin(tables, options, { ledger, random, clock }),
    async build(number, options) {
      await buildSnapshot(tables, idOf(number), dependencies, options);
      return toSigned(await signed(number));
    },
    async list({ before, limit }) {
      const query = tables.db.selectFrom("snapshots").selectAll().orderBy("number", "desc").limit(limit);
      const rows = await (before === undefined ? query : query.where("number", "<", idOf(before))).execute();
      return rows.map((row) => ({
        number: Number(row.number),
        state: row.state,
        position: row.position,
        timeMs: Number(row.time_ms),
      }));
    },
    record: async (number) => toSigned(await signed(number)),
    prove: async (number, customers) => (await treeOf(number)).prove(customers),
    async statement({ customer, asset, from, to }) {
      const after = from === 0 ? 0n : (await signed(from)).position;
      const upTo = (await signed(to)).position;
      const statement = await ledger.statement({ customer, asset, after, upTo });
      return signStatement(statement, { from, to }, dependencies.signer);
    },
  };
}

function idOf(number: number): bigint {
  if (!Number.isSafeInteger(number) || number < 1) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ number });
  return BigInt(number);
}

function toSigned(row: SnapshotRow): SignedRecord {
  const bytes = new Uint8Array(row.record!);
  return { record: decodeRecord(bytes), bytes, signature: new Uint8Array(row.signature!) };
}

async function* storedChunks(
  { db }: SchemaDatabase<SnapshotTables>,
  row: SnapshotRow,
): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; ; chunk += 1) {
    const stored = await db
      .selectFrom("tree_chunks")
      .select("bytes")
      .where("number", "=", row.number)
      .where("attempt", "=", row.attempt)
      .where("chunk", "=", chunk)
      .executeTakeFirst();
    if (stored === undefined) return;
    yield new Uint8Array(stored.bytes);
  }
}

async function begin(
  { transaction }: SchemaDatabase<SnapshotTables>,
  { scheme = "sum", depth, blockHeights = {}, priceSetHash }: BeginOptions,
  { ledger, random, clock }: Pick<SnapshotDependencies, "ledger" | "random"> & { readonly clock: Clock },
): Promise<number> {
  // The ledger is read before the transaction: the embedded database has one session, which it then holds.
  const [assets, position] = [await ledger.assets(), await ledger.position()];
  if (
    !areBlockHeights(blockHeights) ||
    (priceSetHash !== undefined && !isHex(priceSetHash, 32)) ||
    position === 0n
  ) {
    throw snapshotsErrors.SNAPSHOT_TERMS_INVALID({ chains: Object.keys(blockHeights).length, position });
  }
  const terms: KeptTerms = {
    scheme,
    assets,
    depth: depth ?? null,
    blockHeights,
    priceSetHash: priceSetHash ?? null,
  };
  return transaction(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(${BEGIN_LOCK})`.execute(tx);
    const last = await tx
      .selectFrom("snapshots")
      .select(["number", "state", "position"])
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    if (last !== undefined && last.state !== "signed")
      throw snapshotsErrors.SNAPSHOT_UNDER_WAY({ number: last.number });
    const number = (last?.number ?? 0n) + 1n;
    await tx
      .insertInto("snapshots")
      .values({
        number,
        state: "building",
        snapshot_id: Buffer.from(random.bytes(32)),
        // Positions are read before the lock: one that began earlier may hold a later one.
        position: last !== undefined && last.position > position ? last.position : position,
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
