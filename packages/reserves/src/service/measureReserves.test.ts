import type { Scheduler } from "@trellis/base";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase, type SchemaDatabase } from "@trellis/platform/db";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAttestation } from "../attestation/index.ts";
import { type MeasuredPorts, measureReserves } from "./measureReserves.ts";
import { SERVICE_STEPS, type ServiceTables } from "./schema.ts";

const url = await embeddedDatabase();
let database: Database;
let tables: SchemaDatabase<ServiceTables>;
beforeAll(async () => {
  database = await openDatabase({ url }, SILENT);
  tables = await database.openSchema<ServiceTables>("measured", SERVICE_STEPS);
});
afterAll(() => database.close());

function manualScheduler() {
  let task: () => void = () => {};
  const scheduler: Scheduler = {
    after(_, next) {
      task = next;
      return { cancel() {} };
    },
  };
  return { scheduler, look: () => task() };
}

function incident(number: bigint, severity: string, closedAtMs: bigint | null) {
  const kind = "RESERVES_BELOW_LIABILITIES";
  const amounts = { expected: "2", got: "1", difference: "-1" };
  const handling = { opened_at_ms: 1n, closed_at_ms: closedAtMs, acknowledged_by: null, note: null };
  return {
    number,
    key: `${kind}:${number}`,
    kind,
    severity,
    asset: null,
    ...amounts,
    ...handling,
    version: 1,
  };
}

function attestation(number: bigint, asset: string, owed: bigint, held: bigint) {
  const chain = "eip155:1";
  const address = `0x${"aa".repeat(20)}`;
  const hash = `0x${"01".repeat(32)}`;
  const method = "eip191" as const;
  const made = createAttestation({
    custodian: "c",
    snapshotId: hash,
    rootRecordHash: hash,
    timeMs: 60_000,
    liabilities: [{ asset, decimals: 0, amount: owed, haircutBasisPoints: 0 }],
    holdings: [{ asset, chain, address, token: null, blockHeight: 1, blockHash: hash, amount: held, method }],
    readings: [{ chain, source: "nodes", nodeCount: 1, quorum: 1 }],
    quote: "USD",
    prices: [{ asset, sources: [{ name: "desk", price: "1", timeMs: 1 }] }],
  });
  const signed = JSON.stringify({ attestation: made, signatures: [] });
  const row = { snapshot_id: hash, time_ms: 60_000n, is_covered: made.isCovered, log_index: 1n };
  return { number, job_id: `job-${number}`, signed, ...row };
}

it("metrics exist from the start, and follow events", async () => {
  const metrics = createPrometheusMetrics({ process: false });
  const shown = async () =>
    (await metrics.render()).split("\n").filter((line) => line.startsWith("trellis_"));
  let [entries, signedCount, dead] = [0n, 0, 0];
  let head: Awaited<ReturnType<MeasuredPorts["publisher"]["head"]>>;
  const { scheduler, look } = manualScheduler();
  const view = { number: 1, position: 0n, timeMs: 30_500 };
  const measuring = await measureReserves({
    tables,
    metrics,
    scheduler,
    log: SILENT.log,
    ledger: { position: async () => entries },
    snapshots: {
      list: async () => [
        { ...view, number: 2, state: "building" as const, timeMs: 90_000 },
        ...(signedCount === 0 ? [] : [{ ...view, state: "signed" as const }]),
      ],
    },
    publisher: { head: async () => head },
    jobs: { counts: async () => new Map([["anchor", { waiting: 0, running: 1, dead }]]) },
  });
  expect(await shown()).toEqual([
    'trellis_reserves_incidents_open{severity="critical"} 0',
    'trellis_reserves_incidents_open{severity="warning"} 0',
    'trellis_reserves_incidents_open{severity="notice"} 0',
    "trellis_reserves_ledger_entries 0",
    "trellis_reserves_snapshot_timestamp_seconds 0",
    "trellis_reserves_attestation_timestamp_seconds 0",
    "trellis_reserves_log_head_timestamp_seconds 0",
    "trellis_reserves_log_entries 0",
    'trellis_jobs{kind="anchor",state="waiting"} 0',
    'trellis_jobs{kind="anchor",state="running"} 1',
    'trellis_jobs{kind="anchor",state="dead"} 0',
  ]);

  const opened = [incident(1n, "critical", null), incident(2n, "critical", 5n), incident(3n, "notice", null)];
  await tables.db.insertInto("incidents").values(opened).execute();
  await tables.db
    .insertInto("attestations")
    .values(attestation(1n, "ETH", 1_000n, 999n))
    .execute();
  [entries, signedCount, dead] = [7n, 1, 2];
  head = { size: 4, root: new Uint8Array(32), timeMs: 45_000, note: "" };
  look();
  await expect
    .poll(shown)
    .toEqual([
      'trellis_reserves_incidents_open{severity="critical"} 1',
      'trellis_reserves_incidents_open{severity="warning"} 0',
      'trellis_reserves_incidents_open{severity="notice"} 1',
      "trellis_reserves_ledger_entries 7",
      "trellis_reserves_snapshot_timestamp_seconds 30.5",
      "trellis_reserves_attestation_timestamp_seconds 60",
      'trellis_reserves_coverage_ratio{asset="ETH"} 0.999',
      "trellis_reserves_log_head_timestamp_seconds 45",
      "trellis_reserves_log_entries 4",
      'trellis_jobs{kind="anchor",state="waiting"} 0',
      'trellis_jobs{kind="anchor",state="running"} 1',
      'trellis_jobs{kind="anchor",state="dead"} 2',
    ]);

  await tables.db
    .insertInto("attestations")
    .values(attestation(2n, "BTC", 0n, 5n))
    .execute();
  look();
  await expect
    .poll(async () => (await shown()).filter((line) => line.includes("coverage")))
    .toEqual([
      'trellis_reserves_coverage_ratio{asset="ETH"} Nan',
      'trellis_reserves_coverage_ratio{asset="BTC"} +Inf',
    ]);
  measuring.stop();
});
