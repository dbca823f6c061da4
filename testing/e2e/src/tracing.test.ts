import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { http, keccak256 } from "viem";
import { afterEach, beforeEach, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, walletOf } from "./clients.ts";
import { ask, Cluster, heightOf, peerCountOf } from "./cluster/Cluster.ts";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { OtlpReceiver } from "./OtlpReceiver.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const TO = `0x${"da".repeat(20)}` as const;
const BLOCK_TIME_MS = 400;

let receiver: OtlpReceiver;
let directory: TemporaryDirectory;
let cluster: Cluster | undefined;
let devnet: Devnet | undefined;

beforeEach(async () => {
  receiver = await OtlpReceiver.listen();
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await cluster?.stop();
  await devnet?.kill();
  [cluster, devnet] = [undefined, undefined];
  receiver.close();
  await directory.remove();
});

/** Only traces of the test are recorded. */
const traced = () => ["--trace-url", receiver.url, "--trace-ratio", "0"];

function newTrace() {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

it("one trace shows a transaction from RPC to blocks and the index of two nodes, beside one that knows no traces", async () => {
  cluster = new Cluster({ directory: directory.path, blockTimeMs: BLOCK_TIME_MS });
  const first = await cluster.start("first", undefined, ["--index", ...traced()]);
  await cluster.start("second", undefined, ["--index", ...traced()]);
  const untraced = await cluster.start("untraced");
  await eventually(async () => (await peerCountOf(first)) === 2);

  const { traceId, spanId, traceparent } = newTrace();
  const { rpcUrl } = first.devnet;
  const signed = await walletOf(rpcUrl, accountOf(0)).signTransaction(
    await walletOf(rpcUrl, accountOf(0)).prepareTransactionRequest({ to: TO, value: 7n, gas: 21_000n }),
  );
  const request = http(rpcUrl, { fetchOptions: { headers: { traceparent } } })({}).request;
  await request({ method: "eth_sendRawTransaction", params: [signed] });

  const seen = () => receiver.under(traceId, spanId);
  const instancesOf = (name: string) =>
    new Set(seen().flatMap((span) => (span.name === name ? span.instance : [])));
  await eventually(
    () => instancesOf("block.index").size === 2,
    undefined,
    () => `: ${seen().map(({ name }) => name)}`,
  );
  await eventually(
    async () => (await ask(untraced, "eth_getTransactionReceipt", keccak256(signed))) !== null,
  );
  expect(await peerCountOf(untraced)).toBe(2);
  await cluster.stop();
  const [origin] = instancesOf("eth_sendRawTransaction");
  expect(instancesOf("eth_sendRawTransaction").size).toBe(1);
  for (const stage of ["block.import", "block.execute", "block.commit", "block.index", "mempool.admit"])
    expect(instancesOf(stage), stage).toHaveProperty("size", 2);
  // A peer may also return it to its origin, after a block has taken it from the mempool.
  const [other] = [...instancesOf("mempool.admit")].filter((instance) => instance !== origin);
  expect(instancesOf("transaction.receive")).toContain(other);
  expect(instancesOf("block.mine").size).toBeGreaterThan(0);
  expect(receiver.spans.filter((span) => span.traceId !== traceId)).toEqual([]);
});

it("NET-28: one trace shows a request of a node that syncs and the answer of its peer, beside one that knows no traces", async () => {
  cluster = new Cluster({ directory: directory.path, blockTimeMs: BLOCK_TIME_MS });
  const first = await cluster.start("first", undefined, ["--archive", ...traced()]);
  const untraced = await cluster.start("untraced");
  await eventually(async () => (await heightOf(untraced)) > 3);
  const syncing = ["--archive", "--trace-url", receiver.url, "--trace-ratio", "1"];
  const second = await cluster.start("second", undefined, syncing);

  const pairsOf = (name: string) =>
    receiver.spans.flatMap((answer) => {
      if (answer.name !== `answer ${name}`) return [];
      const request = receiver.spans.find(({ spanId }) => spanId === answer.parentSpanId);
      return request === undefined ? [] : [{ request, answer }];
    });
  await eventually(
    () => ["hello", "headers"].every((name) => pairsOf(name).length > 0),
    undefined,
    () => `: ${[...new Set(receiver.spans.map(({ name }) => name))]}`,
  );
  for (const { request, answer } of pairsOf("headers")) {
    expect(request.name).toBe("request headers");
    expect(answer.traceId).toBe(request.traceId);
    expect(answer.instance).not.toBe(request.instance);
  }
  await eventually(async () => (await peerCountOf(second)) === 2);
  expect(await peerCountOf(first)).toBe(2);
  expect(await ask(untraced, "admin_bans")).toEqual([]);
  await cluster.stop();
});

const COLLECTORS: readonly (readonly [string, RequestListener])[] = [
  ["never answers", () => {}],
  ["refuses", (_request, response) => void response.writeHead(400).end()],
];
const TRANSACTIONS = 60;

it.each(COLLECTORS)("a collector that %s costs spans, but no block", async (_, answer) => {
  const collector = createServer(answer);
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1`;
  try {
    devnet = await startDevnet({
      args: ["--trace-url", `${base}/traces`, "--trace-ratio", "1", "--log-url", `${base}/logs`],
    });
    const wallet = walletOf(devnet.rpcUrl, accountOf(0));
    const client = publicClientOf(devnet.rpcUrl);
    const mined = new Set<bigint>();
    for (let sent = 0; sent < TRANSACTIONS; sent++) {
      const hash = await wallet.sendTransaction({ to: TO, value: 1n, gas: 21_000n });
      mined.add((await client.waitForTransactionReceipt({ hash })).blockNumber);
    }
    // Instant mining: one block per transaction.
    expect(mined.size).toBe(TRANSACTIONS);
    await eventually(async () => {
      const metrics = await (await fetch(`${devnet!.httpUrl}/metrics`)).text();
      return /^trellis_telemetry_dropped_total\{[^}]*signal="spans"[^}]*\} [1-9]/m.test(metrics);
    });
    expectStopped(await devnet.stop());
  } finally {
    collector.close();
    collector.closeAllConnections();
  }
});

it("one trace shows a snapshot from the API over its jobs to the anchor's block and the attestation", async () => {
  devnet = await startDevnet({ reserves: true, args: traced() });
  const { url, adminKey } = devnet.ready.reserves!;
  const { traceId, spanId, traceparent } = newTrace();
  const call = async <T>(path: string, body?: object): Promise<T> => {
    const response = await fetch(`${url}${path}`, {
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body !== undefined && {
          traceparent,
          "content-type": "application/json",
          "idempotency-key": randomBytes(16).toString("hex"),
        }),
      },
    });
    expect(response.ok, `${path} ${response.status}`).toBe(true);
    return (await response.json()) as T;
  };
  const done = async <T>(path: string, body: object): Promise<T> => {
    const { kind, id } = await call<{ kind: string; id: string }>(path, body);
    const job = () => call<{ state: string; output: { value: T } }>(`/jobs/${kind}/${id}`);
    await eventually(async () => (await job()).state === "done");
    return (await job()).output.value;
  };
  // The demo custodian enters balances and claims its address first.
  const attested = () => call<{ items: unknown[] }>("/attestations");
  await eventually(async () => (await attested()).items.length > 0);
  const { number } = await done<{ number: number }>("/snapshots", {});
  const { record } = await call<{ record: { snapshotId: string } }>(`/snapshots/${number}`);
  await done("/attestations", { snapshotId: record.snapshotId });

  const namesOf = () => new Set(receiver.under(traceId, spanId).map(({ name }) => name));
  const expected = [
    "job snapshot",
    "job anchor",
    "eth_sendRawTransaction",
    "block.import",
    "job attestation",
  ];
  await eventually(
    () => new Set(expected).isSubsetOf(namesOf()),
    undefined,
    () => `: ${[...namesOf()]}`,
  );
  for (const stage of ["snapshot.build", "snapshot.publish", "anchor.advance", "attestation.make"])
    expect(namesOf(), stage).toContain(stage);
});

/** Every trace is recorded. */
const tracedAll = () => ["--trace-url", receiver.url, "--trace-ratio", "1"];

async function oneTraceShows(names: readonly string[]): Promise<void> {
  const traces = () => {
    const byId = Map.groupBy(receiver.spans, ({ traceId }) => traceId);
    return [...byId.values()].map((spans) => new Set(spans.map(({ name }) => name)));
  };
  const expected = new Set(names);
  await eventually(
    () => traces().some((seen) => expected.isSubsetOf(seen)),
    undefined,
    () => `: ${[...new Set(receiver.spans.map(({ name }) => name))]}`,
  );
}

it("one trace shows a checkpoint from its block over proposal, vote and certificate to its finality", async () => {
  cluster = new Cluster({ directory: directory.path, blockTimeMs: BLOCK_TIME_MS, validators: 1 });
  await cluster.start("validator", undefined, ["--development-validator", "1", ...tracedAll()]);
  const votes = ["finality.proposal", "finality.vote", "finality.certificate"];
  await oneTraceShows(["block.import", ...votes, "checkpoint.finalize"]);
});

it("one trace shows a trade of the arbitrage engine from the scan to the receipt", async () => {
  devnet = await startDevnet({ arbitrage: "live", args: ["--trade-time", "700", ...tracedAll()] });
  const stages = ["scan", "simulate", "submit", "settle"];
  await oneTraceShows(["arbitrage.step", ...stages.map((stage) => `arbitrage.${stage}`)]);
});
