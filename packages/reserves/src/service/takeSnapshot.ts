import {
  type Clock,
  isTrellisError,
  type Log,
  type Scheduler,
  silentTracing,
  type Tracing,
} from "@trellis/base";
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

export interface SnapshotRequest {
  readonly scheme: "sum" | "plain";
  /** Must be empty if there is a reserves plan. */
  readonly blockHeights: Readonly<Record<string, number>>;
}

interface SnapshotPorts {
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly snapshots: Snapshots;
  readonly publisher: Publisher;
  readonly events: Events;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly anchors?: ServiceAnchors;
  readonly ledger: Pick<Ledger, "assets">;
  readonly reserves?: ReserveChains;
  readonly kick: () => Promise<unknown>;
  readonly tracing?: Tracing | undefined;
}

/** Every step is idempotent. [SNAP-13] */
export function takeSnapshot(ports: SnapshotPorts) {
  const { tracing = silentTracing } = ports;
  const build = snapshotJob(ports.snapshots, ports);
  return async (job: JobRun<SnapshotRequest>) => {
    // Begin only a snapshot that can be published.
    await ports.publisher.requireContinued();
    const number = await numberOf(job, ports);
    const facts = { "trellis.snapshot.number": number };
    const built = await tracing
      .span("snapshot.build", { facts }, () => build({ ...job, data: { number } }))
      .catch((error: unknown) => giveUp(number, error, ports));
    const logIndex = await tracing.span("snapshot.publish", { facts }, () => publish(number, ports));
    return { ...built, logIndex };
  };
}

async function publish(number: number, ports: SnapshotPorts): Promise<number> {
  const { root } = (await ports.snapshots.record(number)).record;
  const logIndex = await ports.publisher.publish(number);
  await anchor(number, ports);
  await tell({ number, root, logIndex }, ports);
  return logIndex;
}

async function giveUp(number: number, error: unknown, { tables, snapshots }: SnapshotPorts): Promise<never> {
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

async function anchor(number: number, { anchors, publisher, snapshots, kick }: SnapshotPorts): Promise<void> {
  if (anchors === undefined) return;
  await anchors.request(number, { snapshots, headOf: publisher.headOf });
  await kick();
}

/** Resumes an unsigned snapshot. Publishes a signed snapshot before another begins. */
async function numberOf(job: JobRun<SnapshotRequest>, ports: SnapshotPorts): Promise<number> {
  const { id } = job;
  const { tables, snapshots } = ports;
  const known = await tables.db
    .selectFrom("snapshot_jobs")
    .select("number")
    .where("job_id", "=", id)
    .executeTakeFirst();
  if (known !== undefined) return Number(known.number);
  const [last] = await snapshots.list({ limit: 1 });
  if (last?.state === "signed") await publish(last.number, ports);
  const isLeft = last !== undefined && last.state !== "signed";
  const number = isLeft ? last.number : await begin(job, ports);
  await tables.db
    .insertInto("snapshot_jobs")
    .values({ job_id: id, number: BigInt(number), is_told: false })
    .execute();
  return number;
}

/** Retries if an asset was added after prices were read. */
async function begin(job: JobRun<SnapshotRequest>, ports: SnapshotPorts): Promise<number> {
  for (;;) {
    try {
      return await ports.snapshots.begin(await termsOf(job, ports));
    } catch (error) {
      if (!isTrellisError(error, "SNAPSHOT_ASSET_UNPRICED")) throw error;
    }
  }
}

/** Chosen before the tree is built, so that nobody can choose blocks and prices later. */
async function termsOf(job: JobRun<SnapshotRequest>, ports: SnapshotPorts): Promise<BeginOptions> {
  const { scheme, blockHeights } = job.data;
  const { tables, ledger, reserves } = ports;
  if (reserves === undefined) return { scheme, blockHeights };
  requireNoHeights(job.data);
  const assets = async () => (await ledger.assets()).map(({ symbol }) => symbol);
  // Waiting for prices may take long: read heights afterwards.
  const prices = await awaitPrices(job, { ...ports, reserves, assets });
  return {
    scheme,
    blockHeights: await reserves.heights(),
    prices: {
      setHash: await keepPriceSet(tables, prices),
      assets: prices.prices.map(({ asset }) => asset),
    },
  };
}

export function requireNoHeights({ blockHeights }: Pick<SnapshotRequest, "blockHeights">): void {
  const [chain] = Object.keys(blockHeights);
  if (chain !== undefined)
    throw snapshotsErrors.SNAPSHOT_TERMS_INVALID({
      chain,
      height: blockHeights[chain]!,
      heights: "of the plan",
    });
}

/** One transaction, so that only one job publishes the event. */
async function tell(
  data: { readonly number: number; readonly root: string; readonly logIndex: number },
  { tables, events }: SnapshotPorts,
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
