import type { Clock } from "@trellis/base";
import type { AtRest } from "@trellis/platform/atRest";
import type { Database, SchemaDatabase } from "@trellis/platform/db";
import type { AccountSide } from "../ledger/index.ts";
import { openLiabilityTree, type ProofFile } from "../liabilities/index.ts";
import { type BeginOptions, beginSnapshot } from "./beginSnapshot.ts";
import {
  type BuildOptions,
  buildSnapshot,
  findSnapshot,
  type SnapshotRow,
  type SnapshotStorePorts,
} from "./buildSnapshot.ts";
import { cacheTrees } from "./cacheTrees.ts";
import { endSnapshot } from "./endSnapshot.ts";
import { snapshotsErrors } from "./errors.ts";
import { forgetErased, forgottenIn } from "./forgetErased.ts";
import { removeTrees } from "./removeTrees.ts";
import { decodeRecord, type SignedRecord } from "./SnapshotRecord.ts";
import { SNAPSHOT_STEPS, type SnapshotTables } from "./schema.ts";
import { type CustodianSigner, exportMessage, isSignedBy, recordMessage } from "./signing.ts";
import { type SignedStatement, signStatement } from "./signStatement.ts";
import { sealTrees, sizeOfStored, storedChunks } from "./storedTree.ts";

export interface SnapshotView {
  readonly number: number;
  readonly state: "building" | "built" | "signed";
  readonly position: bigint;
  readonly timeMs: number;
}

export interface Snapshots {
  /** @throws SNAPSHOT_TERMS_INVALID, SNAPSHOT_ASSET_UNPRICED, SNAPSHOT_UNSIGNED, LIABILITIES_INPUT_INVALID */
  begin(options?: BeginOptions): Promise<number>;
  /**
   * Resumable. Ends a snapshot that cannot be built.
   * @throws SNAPSHOT_UNKNOWN, LEASE_LOST, SNAPSHOT_TOTALS_DIFFER, codes of the tree build
   */
  build(number: number, options?: BuildOptions): Promise<SignedRecord>;
  /** The next snapshot reuses the number. @throws SNAPSHOT_UNKNOWN, SNAPSHOT_SIGNED */
  end(number: number): Promise<void>;
  list(options: { readonly before?: number; readonly limit: number }): Promise<readonly SnapshotView[]>;
  /** @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED */
  record(number: number): Promise<SignedRecord>;
  /** @param snapshotId 32 bytes */
  recordOf(snapshotId: Uint8Array): Promise<SignedRecord | undefined>;
  /**
   * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED, SNAPSHOT_TREE_REMOVED, CUSTOMER_UNKNOWN,
   * LEDGER_CUSTOMER_ERASED, OVERLOADED
   */
  prove(number: number, customers: readonly string[]): Promise<ProofFile>;
  /**
   * @param range snapshot numbers; 0 is the ledger's beginning
   * @throws SNAPSHOT_UNKNOWN, SNAPSHOT_UNSIGNED, LEDGER_UNKNOWN
   */
  statement(range: {
    readonly customer: string;
    readonly asset: string;
    readonly side?: AccountSide;
    readonly from: number;
    readonly to: number;
  }): Promise<SignedStatement>;
  /** Signs with the record's key. @param encoded canonical JSON without the signature */
  signExport(encoded: Uint8Array, signed: SignedRecord): Promise<Uint8Array>;
  /** The active key if the record's key is no longer available. */
  recordKeyOf(signed: SignedRecord): Uint8Array;
  /** Keeps the newest two. Processes may keep removed trees in memory. @returns snapshot numbers */
  removeTrees(beforeMs: number, isDryRun: boolean): Promise<readonly number[]>;
  /** LEDGER-14. Resumable. */
  forgetErased(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Call after every erasure. */
  forgetHeld(): Promise<void>;
}

export interface SnapshotsOptions {
  readonly schema?: string;
  /** A single tree may exceed this limit. */
  readonly treeBytesMax?: number;
}

const TREE_BYTES_MAX = 2 ** 31;

interface SnapshotsPorts extends SnapshotStorePorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly atRest: AtRest;
}

export async function openSnapshots(
  ports: SnapshotsPorts,
  { schema = "reserves_snapshots", treeBytesMax = TREE_BYTES_MAX }: SnapshotsOptions = {},
): Promise<Snapshots> {
  const { database, ledger, random, clock } = ports;
  const tables = await sealTrees(await database.openSchema(schema, SNAPSHOT_STEPS), ports.atRest);
  const trees = cacheTrees(treeBytesMax, {
    sizeOf: async (number) => sizeOfStored(tables, await provable(tables, number)),
    async open(number) {
      const row = await provable(tables, number);
      const forgotten = await forgottenIn(tables, row.number);
      const tree = await openLiabilityTree(storedChunks(tables, row), { random });
      for (const { customer } of await ledger.erasures(forgotten)) tree.forget(customer, random);
      return tree;
    },
  });

  let heldUpTo = 0n;

  async function forgetHeld(): Promise<void> {
    const erasures = await ledger.erasures(heldUpTo);
    for (const tree of trees.all()) {
      const held = await tree.catch(() => undefined);
      for (const { customer } of erasures) held?.forget(customer, random);
    }
    const newest = erasures.at(-1)?.number ?? 0n;
    if (newest > heldUpTo) heldUpTo = newest;
  }

  return {
    begin: (options = {}) => beginSnapshot(tables, options, { ledger, random, clock }),
    async build(number, options) {
      await buildSnapshot(tables, idOf(number), ports, options);
      return toSigned(await signed(tables, number));
    },
    end: async (number) => endSnapshot(tables, { number: idOf(number) }),
    list: (options) => listOf(tables, options),
    record: async (number) => toSigned(await signed(tables, number)),
    recordOf: (snapshotId) => findSigned(tables, snapshotId),
    signExport: (encoded, signedRecord) => signerOf(signedRecord, ports.signer).sign(exportMessage(encoded)),
    recordKeyOf: (signedRecord) => signerOf(signedRecord, ports.signer).publicKey,
    async removeTrees(beforeMs, isDryRun) {
      const removed = await removeTrees(tables, beforeMs, { nowMs: clock.nowMs(), isDryRun });
      if (!isDryRun) for (const number of removed) trees.drop(number);
      return removed;
    },
    async prove(number, customers) {
      const tree = await trees.get(number);
      await ledger.refuseErased(customers);
      return tree.prove(customers);
    },
    async forgetErased(options) {
      await forgetHeld();
      return forgetErased(tables, { ledger, random, ...options });
    },
    forgetHeld,
    async statement({ customer, asset, side = "equity", from, to }) {
      const after = from === 0 ? 0n : (await signed(tables, from)).position;
      const upTo = (await signed(tables, to)).position;
      const statement = await ledger.statement({ customer, asset, side, after, upTo });
      return signStatement(statement, { from, to }, ports.signer);
    },
  };
}

type Tables = SchemaDatabase<SnapshotTables>;

function signerOf(
  { bytes, signature }: Pick<SignedRecord, "bytes" | "signature">,
  active: CustodianSigner,
): CustodianSigner {
  const isSigner = ({ publicKey }: CustodianSigner) => isSignedBy(publicKey, recordMessage(bytes), signature);
  return [active, ...(active.others?.() ?? [])].find(isSigner) ?? active;
}

async function signed(tables: Tables, number: number): Promise<SnapshotRow> {
  const row = await findSnapshot(tables, idOf(number));
  if (row.state !== "signed") throw snapshotsErrors.SNAPSHOT_UNSIGNED({ number, state: row.state });
  return row;
}

async function provable(tables: Tables, number: number): Promise<SnapshotRow> {
  const row = await signed(tables, number);
  const removed = await tables.db
    .selectFrom("removed_trees")
    .select("removed_at_ms")
    .where("number", "=", row.number)
    .executeTakeFirst();
  if (removed === undefined) return row;
  throw snapshotsErrors.SNAPSHOT_TREE_REMOVED({ number, removedAtMs: removed.removed_at_ms });
}

async function listOf(
  { db }: Tables,
  { before, limit }: Parameters<Snapshots["list"]>[0],
): Promise<readonly SnapshotView[]> {
  const query = db.selectFrom("snapshots").selectAll().orderBy("number", "desc").limit(limit);
  const rows = await (before === undefined ? query : query.where("number", "<", idOf(before))).execute();
  return rows.map((row) => ({
    number: Number(row.number),
    state: row.state,
    position: row.position,
    timeMs: Number(row.time_ms),
  }));
}

async function findSigned({ db }: Tables, snapshotId: Uint8Array): Promise<SignedRecord | undefined> {
  const row = await db
    .selectFrom("snapshots")
    .selectAll()
    .where("snapshot_id", "=", Buffer.from(snapshotId))
    .where("state", "=", "signed")
    .executeTakeFirst();
  return row && toSigned(row);
}

function idOf(number: number): bigint {
  if (!Number.isSafeInteger(number) || number < 1) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ number });
  return BigInt(number);
}

function toSigned(row: SnapshotRow): SignedRecord {
  const bytes = new Uint8Array(row.record!);
  return { record: decodeRecord(bytes), bytes, signature: new Uint8Array(row.signature!) };
}
