import { type Clock, isTrellisError, type Log, type Scheduler } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events } from "@trellis/platform/events";
import type { JobRun } from "@trellis/platform/jobs";
import type { Ledger } from "../ledger/index.ts";
import { type BeginOptions, type Snapshots, snapshotJob, snapshotsErrors } from "../snapshots/index.ts";
import { awaitPrices } from "./awaitPrices.ts";
import type { ServiceAnchors } from "./openAnchors.ts";
import type { Publisher } from "./openPublisher.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import { keepPriceSet } from "./priceSets.ts";
import type { ServiceTables } from "./schema.ts";

/** What the API puts into a job of the kind `snapshot`. */
export interface SnapshotRequest {
  readonly scheme: "sum" | "plain";
  /** Empty where a plan names chains. */
  readonly blockHeights: Readonly<Record<string, number>>;
}

interface SnapshotParts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly snapshots: Snapshots;
  readonly publisher: Publisher;
  readonly events: Events;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** Absent where nothing is anchored. */
  readonly anchors?: ServiceAnchors;
  readonly ledger: Pick<Ledger, "assets">;
  /** Absent where no chain is read. */
  readonly reserves?: ReserveChains;
  /** Begins what takes records to the chain. */
  readonly kick: () => Promise<unknown>;
}

/** Begins, builds, signs and publishes. Each step is done once, however often the job is run. [SNAP-13] */
export function takeSnapshot(parts: SnapshotParts) {
  const build = snapshotJob(parts.snapshots, parts);
  return async (job: JobRun<SnapshotRequest>) => {
    // What cannot be published is not begun.
    await parts.publisher.requireContinued();
    const number = await numberOf(job, parts);
    const built = await build({ ...job, data: { number } }).catch((error: unknown) =>
      giveUp(number, error, parts),
    );
    return { ...built, logIndex: await publish(number, parts) };
  };
}

/** What follows the signature. @returns the record's place in the log */
async function publish(number: number, parts: SnapshotParts): Promise<number> {
  const { root } = (await parts.snapshots.record(number)).record;
  const logIndex = await parts.publisher.publish(number);
  await anchor(number, parts);
  await tell({ number, root, logIndex }, parts);
  return logIndex;
}

/** One that can never be built was ended: what tries this job again begins another. */
async function giveUp(number: number, error: unknown, { tables, snapshots }: SnapshotParts): Promise<never> {
  const [last] = await snapshots.list({ limit: 1 });
  if ((last?.number ?? 0) < number) {
    await tables.db
      .deleteFrom("snapshot_jobs")
      .where("number", "=", BigInt(number))
      .where("is_told", "=", false)
      .execute();
  }
  throw error;
}

/** A later pass does what is not done in this one. */
async function anchor(number: number, { anchors, publisher, snapshots, kick }: SnapshotParts): Promise<void> {
  if (anchors === undefined) return;
  await anchors.request(number, { snapshots, headOf: publisher.headOf });
  await kick();
}

/**
 * The snapshot of this job. One that was begun and not signed is taken over: it is what an attempt before left. One
 * that was signed is published before another is begun: its job may have ended behind the signature, and both the log
 * and the chain have records in their order.
 */
async function numberOf(job: JobRun<SnapshotRequest>, parts: SnapshotParts): Promise<number> {
  const { id } = job;
  const { tables, snapshots } = parts;
  const known = await tables.db
    .selectFrom("snapshot_jobs")
    .select("number")
    .where("job_id", "=", id)
    .executeTakeFirst();
  if (known !== undefined) return Number(known.number);
  const [last] = await snapshots.list({ limit: 1 });
  if (last?.state === "signed") await publish(last.number, parts);
  const isLeft = last !== undefined && last.state !== "signed";
  const number = isLeft ? last.number : await begin(job, parts);
  await tables.db
    .insertInto("snapshot_jobs")
    .values({ job_id: id, number: BigInt(number), is_told: false })
    .execute();
  return number;
}

/** Asking takes its time: of an asset that was added meanwhile the price is asked for too. */
async function begin(job: JobRun<SnapshotRequest>, parts: SnapshotParts): Promise<number> {
  for (;;) {
    try {
      return await parts.snapshots.begin(await termsOf(job, parts));
    } catch (error) {
      if (!isTrellisError(error, "SNAPSHOT_ASSET_UNPRICED")) throw error;
    }
  }
}

/** What the chains and the price sources say now is fixed before the tree is built, so that nobody can choose later. */
async function termsOf(job: JobRun<SnapshotRequest>, parts: SnapshotParts): Promise<BeginOptions> {
  const { scheme, blockHeights } = job.data;
  const { tables, ledger, reserves } = parts;
  if (reserves === undefined) return { scheme, blockHeights };
  requireNoHeights(job.data);
  const assets = async () => (await ledger.assets()).map(({ symbol }) => symbol);
  // Prices may be long in coming: blocks are of the time after that.
  const prices = await awaitPrices(job, { ...parts, reserves, assets });
  return {
    scheme,
    blockHeights: await reserves.heights(),
    prices: {
      setHash: await keepPriceSet(tables, prices),
      assets: prices.prices.map(({ asset }) => asset),
    },
  };
}

/**
 * Where a plan names chains, they say at which block they are counted, and nobody else: not of a chain either that
 * the plan names later. @throws SNAPSHOT_TERMS_INVALID
 */
export function requireNoHeights({ blockHeights }: Pick<SnapshotRequest, "blockHeights">): void {
  const [chain] = Object.keys(blockHeights);
  if (chain !== undefined)
    throw snapshotsErrors.SNAPSHOT_TERMS_INVALID({
      chain,
      height: blockHeights[chain]!,
      heights: "of the plan",
    });
}

/** The event and the mark that it was told are one transaction. Of several jobs that took a snapshot one tells it. */
async function tell(
  data: { readonly number: number; readonly root: string; readonly logIndex: number },
  { tables, events }: SnapshotParts,
): Promise<void> {
  await tables.transaction(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable("snapshot_jobs")
      .set({ is_told: true })
      .where("number", "=", BigInt(data.number))
      .where("is_told", "=", false)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await events.publish(tx, [{ kind: "snapshot.published", data }]);
  });
}
