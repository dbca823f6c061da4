import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Metric } from "@trellis/base";
import { openRemoteSigner } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import { monitoringQueries, readMetricTables, rulesDocument } from "@trellis/tools";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { parseScrape, type Scrape, type Series } from "./metrics/parseScrape.ts";
import { hasPrometheus, startPrometheus } from "./metrics/startPrometheus.ts";
import { type StartedServices, startServices } from "./metrics/startServices.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MNEMONIC = "test test test test test test test test test test test junk";

/** Other tests cause these events. */
const NEEDS_EVENT: Readonly<Record<string, string>> = {
  trellis_telemetry_dropped_total: "a collector",
  trellis_tls_certificate_expiry_timestamp_seconds: "a listener with TLS",
  trellis_tls_refused_total: "a listener with TLS",
  trellis_stratum_connections: "a node with Stratum",
  trellis_stratum_refused_total: "a node with Stratum",
  trellis_stratum_shares_total: "a node with Stratum",
  trellis_cost_budget_ratio: "a budget",
  trellis_cost_budget_projected_ratio: "a budget",
  trellis_reserves_events_left_out_total: "a webhook that fails permanently",
  trellis_fork_read_seconds: "a devnet with --fork-url",
  trellis_shard_messages_sent_total: "a devnet with --shards",
  trellis_shard_messages_delivered_total: "a devnet with --shards",
  trellis_shard_messages_waiting: "a devnet with --shards",
  trellis_shard_messages_due: "a devnet with --shards",
  trellis_shard_delivery_seconds: "a devnet with --shards",
  trellis_shard_in_flight_coins: "a devnet with --shards",
};

let directory: TemporaryDirectory;
let services: StartedServices;
let texts: ReadonlyMap<string, string>;
let catalogue: ReadonlyMap<string, Metric>;
let scrapes: ReadonlyMap<string, Scrape>;

beforeAll(async () => {
  const tables = await readMetricTables(ROOT);
  catalogue = new Map(tables.flatMap(({ metrics }) => metrics.map((metric) => [metric.name, metric])));
  directory = await temporaryDirectory();
  services = await startServices(directory.path);
  await causeEvents();
  // The first backup, attestation and anchor take some seconds.
  const scrape = async (): Promise<void> => {
    texts = await services.scrape();
    scrapes = new Map([...texts].map(([service, text]) => [service, parseScrape(text)]));
    expect(missing().filter((name) => !(name in NEEDS_EVENT))).toEqual([]);
  };
  await vi.waitFor(scrape, { interval: 1_000, timeout: 240_000 });
}, 540_000);

afterAll(async () => {
  await services?.stop();
  await directory?.remove();
});

async function causeEvents(): Promise<void> {
  await rpcCall(services.rpcUrl, "eth_blockNumber", []);
  await rpcCall(services.rpcUrl, "eth_madeUp", []);
  const cheap = { chainId: 31_337, nonce: 0, gas: 21_000n, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n };
  const encoded = await mnemonicToAccount(MNEMONIC).signTransaction({ ...cheap, to: `0x${"11".repeat(20)}` });
  const refused = await rpcCall(services.rpcUrl, "eth_sendRawTransaction", [encoded]);
  expect(refused).toHaveProperty("error");
  expect((await fetch(services.rpcUrl, { method: "PUT", body: "{}" })).ok).toBe(false);
  await fetch(`${services.reservesUrl}/attestations`);
  const signer = openRemoteSigner(services.signerAccess, systemRandom);
  await signer.sign("log/main", new TextEncoder().encode("head"));
  await signer.close();
}

/** Without the suffix of a histogram's series. */
function metricOf({ name }: Series): Metric | undefined {
  return catalogue.get(name) ?? catalogue.get(name.replace(/_(?:bucket|sum|count)$/, ""));
}

const own = (): { readonly service: string; readonly series: Series }[] =>
  [...scrapes].flatMap(([service, { series }]) =>
    series.filter(({ name }) => name.startsWith("trellis_")).map((one) => ({ service, series: one })),
  );

function missing(): string[] {
  const exported = new Set(own().map(({ series }) => metricOf(series)?.name));
  return [...catalogue.keys()].filter((name) => !exported.has(name));
}

describe("metrics of all services", () => {
  it("every series is in the catalogue, with its labels, its type and its meaning", () => {
    const strange = own().flatMap(({ service, series }) => {
      const metric = metricOf(series);
      if (metric === undefined) return [`${service}: ${series.name}`];
      const { types, help } = scrapes.get(service)!;
      expect([types.get(metric.name), help.get(metric.name)]).toEqual([metric.type, metric.meaning]);
      const labels = Object.keys(series.labels).filter((label) => label !== "le");
      expect(labels.toSorted(), series.name).toEqual(Object.keys(metric.labels).toSorted());
      return [];
    });
    expect(strange).toEqual([]);
  });

  it("no label exceeds its bound", () => {
    const values = new Map<string, Set<string>>();
    for (const { service, series } of own()) {
      for (const [label, value] of Object.entries(series.labels)) {
        if (label === "le") continue;
        const key = `${service} ${metricOf(series)!.name} ${label}`;
        values.set(key, (values.get(key) ?? new Set()).add(value));
      }
    }
    for (const [key, used] of values) {
      const [metric, label] = key.split(" ").slice(-2) as [string, string];
      const bound = catalogue.get(metric)!.labels[label]!;
      expect([...used], key).not.toContain("other");
      if (typeof bound === "number") expect(used.size, key).toBeLessThanOrEqual(bound);
      else expect(bound, key).toEqual(expect.arrayContaining([...used]));
    }
  });

  it("every metric of the catalogue is exported, unless it needs an event of another test", () => {
    expect(missing().toSorted()).toEqual(Object.keys(NEEDS_EVENT).toSorted());
  });

  it("every service exports its process, its machine and its version", () => {
    for (const [service, { series }] of scrapes) {
      const names = new Set(series.map(({ name }) => name));
      for (const name of [
        "process_resident_memory_bytes",
        "nodejs_eventloop_lag_p99_seconds",
        "trellis_host_cpu_seconds_total",
        "trellis_host_memory_available_bytes",
        "trellis_build_info",
      ])
        expect(names.has(name), `${service}: ${name}`).toBe(true);
    }
  });

  it("figures of running services are plausible", () => {
    const value = (service: string, name: string, labels: Readonly<Record<string, string>> = {}): number => {
      const found = scrapes
        .get(service)!
        .series.find(
          (one) =>
            one.name === name && Object.entries(labels).every(([label, text]) => one.labels[label] === text),
        );
      return found?.value ?? Number.NaN;
    };
    for (const stage of ["isolation", "senders", "ordering", "execution"])
      expect(value("node", "trellis_block_import_seconds_count", { stage }), stage).toBeGreaterThan(0);
    const blocks = value("node", "trellis_block_size_bytes_count");
    expect(blocks).toBeGreaterThan(5);
    expect(value("node", "trellis_block_size_bytes_sum") / blocks).toBeGreaterThan(10);
    expect(value("node", "trellis_block_commit_seconds_count")).toBeGreaterThan(5);
    const rewards = value("node", "trellis_own_rewards_coins_total", { stream: "memory" });
    const blues = value("node", "trellis_own_blocks_total", { stream: "memory", colour: "blue" });
    expect(rewards).toBeGreaterThan(0);
    expect(rewards).toBeCloseTo(blues, 6);
    expect(value("second node", "trellis_blocks_received_total", { source: "gossip" })).toBeGreaterThan(0);
    expect(value("second node", "trellis_peer_latency_seconds_count")).toBeGreaterThan(0);
    const sent = { protocol: "gossip-blocks", direction: "sent" };
    expect(value("node", "trellis_network_message_bytes_total", sent)).toBeGreaterThan(100);
    expect(value("node", "trellis_shard_info", { shard: "0", chain_id: "31337" })).toBe(1);
    const size = value("node", "trellis_host_disk_size_bytes", { volume: "data" });
    expect(value("node", "trellis_host_disk_available_bytes", { volume: "data" })).toBeLessThan(size);
    const done = { operation: "sign", outcome: "done" };
    expect(value("signer", "trellis_signer_requests_total", done)).toBe(1);
  });

  it("Prometheus evaluates every query of the dashboards and alerts", async ({ skip, onTestFinished }) => {
    if (!hasPrometheus()) {
      console.warn("queries are not evaluated: Prometheus is not on this machine");
      skip();
    }
    const place = `${directory.path}/prometheus`;
    const prometheus = await startPrometheus(place, services.metricsUrls, rulesDocument());
    onTestFinished(() => prometheus.stop());
    await eventually(
      async () =>
        (await prometheus.query("up == 1").catch(() => [])).length ===
        Object.keys(services.metricsUrls).length,
    );
    let empty: string[] = [];
    await eventually(
      async () => {
        empty = [];
        for (const { place, query, hasSeries } of monitoringQueries())
          if ((await prometheus.query(query)).length === 0 && hasSeries) empty.push(place);
        return empty.length === 0;
      },
      60_000,
      () => ` without series: ${empty.join("; ")}`,
    );
  });

  it("promtool finds no fault", ({ skip }) => {
    const { error } = spawnSync("promtool", ["--version"]);
    if (error !== undefined) {
      console.warn("names of metrics are not checked by promtool: it is not on this machine");
      skip();
    }
    for (const [service, text] of texts) {
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text });
      expect([status, `${stdout}${stderr}`], service).toEqual([0, ""]);
    }
  });
});
