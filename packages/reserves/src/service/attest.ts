import { createHash } from "node:crypto";
import { bytesToHex, type Clock, silentTracing, type Tracing } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Events } from "@trellis/platform/events";
import type { JobRun } from "@trellis/platform/jobs";
import { createAttestation, signAttestation } from "../attestation/index.ts";
import type { HeadSigner } from "../log/index.ts";
import { readReserves } from "../readings/index.ts";
import type { SnapshotRecord, Snapshots } from "../snapshots/index.ts";
import { findRecord } from "./openAddresses.ts";
import { claimsOf } from "./openAttestations.ts";
import type { Publisher } from "./openPublisher.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import { priceSetOf } from "./priceSets.ts";
import type { ServiceTables } from "./schema.ts";

interface AttestationRequest {
  readonly snapshotId: string;
}

interface AttestPorts {
  readonly custodian: string;
  readonly tables: SchemaDatabase<ServiceTables>;
  readonly snapshots: Pick<Snapshots, "list" | "record">;
  readonly reserves: ReserveChains;
  readonly publisher: Publisher;
  readonly signer: HeadSigner;
  readonly otherHeads?: () => readonly HeadSigner[];
  readonly events: Events;
  readonly clock: Clock;
  readonly tracing?: Tracing | undefined;
}

type Row = ServiceTables["attestations"];

/** Every step is idempotent. */
export function attest(ports: AttestPorts) {
  const { tracing = silentTracing } = ports;
  return async (job: JobRun<AttestationRequest>) => {
    const row =
      (await attestationOf(job.id, ports)) ??
      (await tracing.span("attestation.make", {}, () => make(job, ports)));
    await job.progress({ phase: "publish", done: 1, total: 1 });
    const hash = createHash("sha256").update(row.signed).digest();
    const logIndex = await ports.publisher.append({
      type: "attestation",
      body: {
        custodian: ports.custodian,
        snapshotId: row.snapshot_id,
        isCovered: row.is_covered,
        timeMs: Number(row.time_ms),
        attestationHash: bytesToHex(hash),
      },
    });
    const facts = {
      id: String(row.number),
      snapshotId: row.snapshot_id,
      isCovered: row.is_covered,
      logIndex,
    };
    await publishAttestation(row, facts, ports);
    return facts;
  };
}

function attestationOf(jobId: string, { tables: { db } }: AttestPorts): Promise<Row | undefined> {
  return db.selectFrom("attestations").selectAll().where("job_id", "=", jobId).executeTakeFirst();
}

async function make(job: JobRun<AttestationRequest>, ports: AttestPorts): Promise<Row> {
  const { snapshotId } = job.data;
  const record = await findRecord(ports.snapshots, snapshotId);
  const attestation = await attestationFor(record, job, ports);
  const made = {
    job_id: job.id,
    snapshot_id: snapshotId,
    time_ms: BigInt(attestation.timeMs),
    is_covered: attestation.isCovered,
    signed: await signAttestation(attestation, [ports.signer, ...(ports.otherHeads?.() ?? [])]),
    log_index: null,
  };
  await ports.tables.transaction(async (tx) => {
    const newest = await tx
      .selectFrom("attestations")
      .select("number")
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    const number = (newest?.number ?? 0n) + 1n;
    await tx
      .insertInto("attestations")
      .values({ number, ...made })
      .onConflict((conflict) => conflict.column("job_id").doNothing())
      .execute();
  });
  return (await attestationOf(job.id, ports))!;
}

async function attestationFor(
  { snapshotId, rootRecordHash, totals, blockHeights, priceSetHash }: SnapshotRecord,
  job: JobRun<AttestationRequest>,
  { custodian, tables, reserves: { plan, chains }, clock }: AttestPorts,
) {
  const { quote, prices } = await priceSetOf(tables, priceSetHash);
  const { holdings, readings } = await readReserves(
    {
      assets: plan.assets,
      decimals: new Map(totals.map(({ asset, decimals }) => [asset, decimals])),
      claims: await claimsOf(tables, snapshotId),
      blockHeights,
    },
    chains,
    (done, total) => job.progress({ phase: "read", done, total }),
  );
  const haircuts = new Map(plan.assets.map(({ asset, haircutBasisPoints }) => [asset, haircutBasisPoints]));
  return createAttestation({
    custodian,
    snapshotId,
    rootRecordHash,
    timeMs: clock.nowMs(),
    holdings,
    readings,
    quote,
    prices,
    liabilities: totals.map(({ asset, decimals, amount }) => ({
      asset,
      decimals,
      amount: BigInt(amount),
      haircutBasisPoints: haircuts.get(asset) ?? 0,
    })),
  });
}

/** Publishes once, in the transaction that writes the log index. */
async function publishAttestation(
  { number }: Row,
  facts: { readonly logIndex: number },
  ports: AttestPorts,
): Promise<void> {
  await ports.tables.transaction(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable("attestations")
      .set({ log_index: BigInt(facts.logIndex) })
      .where("number", "=", number)
      .where("log_index", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows === 1n)
      await ports.events.publish(tx, [{ kind: "attestation.published", data: facts }]);
  });
}
