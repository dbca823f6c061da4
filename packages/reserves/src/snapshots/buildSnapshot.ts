import { createHash } from "node:crypto";
import { bytesToHex, isTrellisError, type Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import { jobsErrors } from "@trellis/platform/jobs";
import type { Envelope } from "@trellis/platform/secrets";
import { type Selectable, sql } from "kysely";
import { keyContext, type Ledger, type LedgerAsset } from "../ledger/index.ts";
import {
  amountsFromSums,
  type BuildPorts,
  type CustomerRow,
  encodeRootRecord,
  type LiabilityTree,
  liabilitiesErrors,
  liabilityScheme,
  type SnapshotTerms,
} from "../liabilities/index.ts";
import { endSnapshot } from "./endSnapshot.ts";
import { snapshotsErrors } from "./errors.ts";
import type { BuildableScheme } from "./requireBuildable.ts";
import { type AssetAmount, encodeRecord, NO_RECORD_HASH, type SnapshotRecord } from "./SnapshotRecord.ts";
import type { SnapshotTables } from "./schema.ts";
import { type CustodianSigner, hashRecord, recordMessage } from "./signing.ts";
import { type SnapshotStore, storeChunk } from "./storedTree.ts";

export interface SnapshotStorePorts {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly envelope: Envelope;
  readonly signer: CustodianSigner;
  readonly segments?: BuildPorts["segments"];
}

export interface SnapshotProgress {
  readonly phase: "read" | "hash" | "store" | "sign";
  readonly done: number;
  readonly total: number | undefined;
}

export interface BuildOptions {
  readonly signal?: AbortSignal;
  readonly report?: (progress: SnapshotProgress) => void;
}

/** Fixed when the snapshot begins. */
export interface KeptTerms {
  readonly scheme: BuildableScheme;
  readonly assets: readonly LedgerAsset[];
  /** Absent in snapshots of versions without debts. */
  readonly hasDebt?: boolean;
  readonly depth: number | null;
  readonly blockHeights: Readonly<Record<string, number>>;
  readonly priceSetHash: `0x${string}` | null;
}

type Tables = SnapshotStore;
export type SnapshotRow = Selectable<SnapshotTables["snapshots"]>;

/** Bytes per row. */
const CHUNK_SIZE = 1 << 20;

/**
 * Resumable; rebuilds a partly stored tree with new positions and secrets. Attempt numbers are never reused,
 * so a delayed attempt cannot overwrite its successor.
 */
export async function buildSnapshot(
  tables: Tables,
  number: bigint,
  ports: SnapshotStorePorts,
  options: BuildOptions = {},
): Promise<void> {
  const row = await findSnapshot(tables, number);
  if (row.state === "building") await buildOrEnd(tables, number, ports, options);
  const built = await findSnapshot(tables, number);
  if (built.state === "signed") return;
  const { record, attempt } = built;
  if (record === null) throw jobsErrors.LEASE_LOST({ reason: "snapshot taken over", number });
  options.report?.({ phase: "sign", done: 0, total: 1 });
  const signature = await ports.signer.sign(recordMessage(record));
  await tables.db
    .updateTable("snapshots")
    .set({ state: "signed", signature: Buffer.from(signature) })
    .where("number", "=", number)
    .where("state", "=", "built")
    .where("attempt", "=", attempt)
    .execute();
  options.report?.({ phase: "sign", done: 1, total: 1 });
}

/** Ends a snapshot that cannot be built, because it would block others. */
async function buildOrEnd(
  tables: Tables,
  number: bigint,
  ports: SnapshotStorePorts,
  options: BuildOptions,
): Promise<void> {
  const row = await beginAttempt(tables, number);
  try {
    await buildTree(tables, row, ports, options);
  } catch (error) {
    if (!isTrellisError(error) || error.consequence !== "reject") throw error;
    if (Object.hasOwn(liabilitiesErrors.table, error.code)) await endSnapshot(tables, row);
    throw error;
  }
}

export async function findSnapshot(
  { db }: SchemaDatabase<SnapshotTables>,
  number: bigint,
): Promise<SnapshotRow> {
  const row = await db.selectFrom("snapshots").selectAll().where("number", "=", number).executeTakeFirst();
  if (row === undefined) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ number });
  return row;
}

async function buildTree(
  tables: Tables,
  row: SnapshotRow,
  ports: SnapshotStorePorts,
  options: BuildOptions,
): Promise<void> {
  const terms = JSON.parse(row.terms) as KeptTerms;
  // Read erasures first; later erasures are applied when the tree is opened (LEDGER-14).
  const erasures = await ports.ledger.erasures(0n);
  const tree = await liabilityScheme(terms.scheme).build(
    customerRows(row.position, terms, ports),
    treeTerms(new Uint8Array(row.snapshot_id), terms),
    {
      random: ports.random,
      ...(ports.segments === undefined ? {} : { segments: ports.segments }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      report: ({ phase, customers, total }) => options.report?.({ phase, done: customers, total }),
    },
  );
  const sums = sumsOf(tree, terms);
  await compareTotals(sums, terms, row.position, ports.ledger);
  for (const { customer } of erasures) tree.forget(customer, ports.random);
  await storeTree(tables, row, tree, options);
  const record = await recordOf(tables, row, { terms, tree, sums });
  await finishAttempt(tables, row, encodeRecord(record));
  await tables.db
    .insertInto("forgotten_leaves")
    .values({ number: row.number, erasure: erasures.at(-1)?.number ?? 0n })
    .onConflict((conflict) => conflict.column("number").doNothing())
    .execute();
}

export function treeTerms(snapshotId: Uint8Array, { assets, hasDebt, depth }: KeptTerms): SnapshotTerms {
  return {
    snapshotId,
    assets: {
      assets: assets.map(({ symbol, decimals }) => ({ id: symbol, decimals })),
      hasDebt: hasDebt === true,
    },
    ...(depth === null ? {} : { depth }),
  };
}

async function beginAttempt({ db, schema }: Tables, number: bigint): Promise<SnapshotRow> {
  const row = await db
    .updateTable("snapshots")
    .set({ attempt: sql<bigint>`nextval(${`${schema}.attempts`}::regclass)` })
    .where("number", "=", number)
    .where("state", "=", "building")
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw jobsErrors.LEASE_LOST({ reason: "snapshot taken over", number });
  await db
    .deleteFrom("tree_chunks")
    .where("number", "=", number)
    .where("attempt", "<", row.attempt)
    .execute();
  return row;
}

/** Includes erased customers with a random key, so nobody knows the salt. */
async function* customerRows(
  position: bigint,
  { assets, hasDebt }: KeptTerms,
  { ledger, envelope, random }: SnapshotStorePorts,
): AsyncGenerator<CustomerRow> {
  const symbols = assets.map(({ symbol }) => symbol);
  for await (const { customer, amounts, debts, sealedKey } of ledger.balancesAt(position, symbols)) {
    const userKey =
      sealedKey === undefined ? random.bytes(32) : envelope.open(keyContext(customer), sealedKey);
    yield { customerId: customer, userKey, equity: amounts, ...(hasDebt === true ? { debt: debts } : {}) };
  }
}

interface TreeSums {
  readonly equity: readonly bigint[];
  readonly debt: readonly bigint[];
}

function sumsOf({ record }: LiabilityTree, { assets }: KeptTerms): TreeSums {
  const sums = amountsFromSums(record.totals);
  return { equity: sums.slice(0, assets.length), debt: sums.slice(assets.length) };
}

async function compareTotals(
  { equity, debt }: TreeSums,
  { assets, hasDebt }: KeptTerms,
  position: bigint,
  ledger: Ledger,
): Promise<void> {
  const columns = new Map(assets.map(({ symbol }, column) => [symbol, column]));
  const compare = (side: string, sums: readonly bigint[], totals: ReadonlyMap<string, bigint>): void => {
    for (const [asset, expected] of totals) {
      const column = columns.get(asset);
      if (column !== undefined && sums.length === 0) continue;
      const sum = column === undefined ? 0n : sums[column]!;
      if (sum !== expected)
        throw snapshotsErrors.SNAPSHOT_TOTALS_DIFFER({ asset, side, tree: sum, ledger: expected });
    }
  };
  compare("equity", equity, await ledger.totals(position));
  if (hasDebt === true) compare("debt", debt, await ledger.debtTotals(position));
}

async function storeTree(
  tables: Tables,
  row: SnapshotRow,
  tree: LiabilityTree,
  { signal, report }: BuildOptions,
): Promise<void> {
  let chunk = 0;
  const total = Math.ceil(tree.byteLength / CHUNK_SIZE);
  for (const bytes of chunksOf(tree.image(), CHUNK_SIZE)) {
    signal?.throwIfAborted();
    await storeChunk(tables, row, chunk, bytes);
    chunk += 1;
    report?.({ phase: "store", done: chunk, total: Math.max(total, chunk) });
  }
}

function* chunksOf(runs: Iterable<Uint8Array>, size: number): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let pendingSize = 0;
  for (const run of runs) {
    for (let offset = 0; offset < run.length; ) {
      const part = run.subarray(offset, offset + size - pendingSize);
      pending.push(part);
      pendingSize += part.length;
      offset += part.length;
      if (pendingSize < size) continue;
      yield Buffer.concat(pending);
      pending = [];
      pendingSize = 0;
    }
  }
  if (pendingSize > 0) yield Buffer.concat(pending);
}

async function recordOf(
  tables: Tables,
  row: SnapshotRow,
  { terms, tree: { record }, sums }: { terms: KeptTerms; tree: LiabilityTree; sums: TreeSums },
): Promise<SnapshotRecord> {
  const previous = row.number === 1n ? undefined : await findSnapshot(tables, row.number - 1n);
  const amounts = (side: readonly bigint[]): AssetAmount[] =>
    side.map((amount, column) => {
      const { symbol, decimals } = terms.assets[column]!;
      return { asset: symbol, decimals, amount: amount.toString() };
    });
  const debts = terms.hasDebt === true ? ({ version: 2, debts: amounts(sums.debt) } as const) : undefined;
  return {
    ...(debts ?? { version: 1 }),
    number: Number(row.number),
    snapshotId: bytesToHex(row.snapshot_id),
    previousRecordHash: previous === undefined ? NO_RECORD_HASH : hashRecord(previous.record!),
    scheme: record.scheme,
    hash: record.hash,
    root: bytesToHex(record.root),
    rootRecordHash: bytesToHex(createHash("sha256").update(encodeRootRecord(record)).digest()),
    depth: record.depth,
    assetListHash: bytesToHex(record.assetListHash),
    totals: amounts(sums.equity),
    ledgerPosition: row.position.toString(),
    blockHeights: terms.blockHeights,
    priceSetHash: terms.priceSetHash,
    timeMs: Number(row.time_ms),
  };
}

async function finishAttempt(
  { db }: Tables,
  { number, attempt }: SnapshotRow,
  record: Uint8Array,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable("snapshots")
    .set({ state: "built", record: Buffer.from(record) })
    .where("number", "=", number)
    .where("state", "=", "building")
    .where("attempt", "=", attempt)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw jobsErrors.LEASE_LOST({ reason: "snapshot taken over", number, attempt });
}
