import type { Log, Metrics, Scheduler } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { Jobs } from "@trellis/platform/jobs";
import { keepMeasuring, measureJobs } from "@trellis/platform/service";
import { coverageRatioOf, signedAttestationSchema } from "../attestation/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { SignedHeads } from "../log/index.ts";
import { reservesMetrics } from "../metrics.ts";
import type { Snapshots } from "../snapshots/index.ts";
import type { ServiceTables } from "./schema.ts";

export interface MeasuredPorts {
  readonly tables: Pick<SchemaDatabase<ServiceTables>, "db">;
  readonly ledger: Pick<Ledger, "position">;
  readonly snapshots: Pick<Snapshots, "list">;
  readonly publisher: Pick<SignedHeads, "head">;
  readonly jobs: Pick<Jobs, "counts">;
  readonly metrics: Metrics;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

const SEVERITIES = ["critical", "warning", "notice"];
const MS_PER_S = 1_000;

/** Exports timestamps (0: never), which stay correct if measuring stops. */
export function measureReserves(ports: MeasuredPorts): Promise<{ stop(): void }> {
  const measures = [
    measureIncidents(ports),
    measureLedger(ports),
    measureSnapshot(ports),
    measureAttestation(ports),
    measureLog(ports),
    measureJobs(ports.jobs, ports.metrics),
  ];
  const measure = async (): Promise<void> => {
    for (const one of measures) await one();
  };
  const failed = (error: Error): void => ports.log.warn("reserves.measureFailed", { error });
  return keepMeasuring(measure, failed, ports.scheduler);
}

function measureIncidents({ tables: { db }, metrics }: MeasuredPorts) {
  const open = metrics.gauge(reservesMetrics.trellis_reserves_incidents_open);
  return async () => {
    const rows = await db
      .selectFrom("incidents")
      .select(({ fn }) => ["severity", fn.countAll().as("count")])
      .where("closed_at_ms", "is", null)
      .groupBy("severity")
      .execute();
    const counts = new Map(rows.map(({ severity, count }) => [severity, Number(count)]));
    for (const severity of SEVERITIES) open.set(counts.get(severity) ?? 0, { severity });
  };
}

function measureLedger({ ledger, metrics }: MeasuredPorts) {
  const entries = metrics.gauge(reservesMetrics.trellis_reserves_ledger_entries);
  return async () => entries.set(Number(await ledger.position()));
}

function measureSnapshot({ snapshots, metrics }: MeasuredPorts) {
  const moment = metrics.gauge(reservesMetrics.trellis_reserves_snapshot_timestamp_seconds);
  return async () => {
    const newest = (await snapshots.list({ limit: 2 })).find(({ state }) => state === "signed");
    moment.set((newest?.timeMs ?? 0) / MS_PER_S);
  };
}

function measureAttestation({ tables: { db }, metrics }: MeasuredPorts) {
  const moment = metrics.gauge(reservesMetrics.trellis_reserves_attestation_timestamp_seconds);
  const coverage = metrics.gauge(reservesMetrics.trellis_reserves_coverage_ratio);
  let measured: { readonly number: bigint; readonly assets: readonly string[] } | undefined;
  return async () => {
    const newest = await db
      .selectFrom("attestations")
      .select(["number", "time_ms"])
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    moment.set(Number(newest?.time_ms ?? 0n) / MS_PER_S);
    if (newest === undefined || newest.number === measured?.number) return;
    const { signed } = await db
      .selectFrom("attestations")
      .select("signed")
      .where("number", "=", newest.number)
      .executeTakeFirstOrThrow();
    const { assets } = signedAttestationSchema.parse(JSON.parse(signed)).attestation;
    for (const asset of measured?.assets ?? []) coverage.set(Number.NaN, { asset });
    for (const one of assets) coverage.set(coverageRatioOf(one), { asset: one.asset });
    measured = { number: newest.number, assets: assets.map(({ asset }) => asset) };
  };
}

function measureLog({ publisher, metrics }: MeasuredPorts) {
  const moment = metrics.gauge(reservesMetrics.trellis_reserves_log_head_timestamp_seconds);
  const entries = metrics.gauge(reservesMetrics.trellis_reserves_log_entries);
  return async () => {
    const head = await publisher.head();
    moment.set((head?.timeMs ?? 0) / MS_PER_S);
    entries.set(head?.size ?? 0);
  };
}
