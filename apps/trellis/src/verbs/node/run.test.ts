import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToHex } from "@trellis/base";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ReadyFacts } from "../../cli/readyLine.ts";
import { MAIN, type Running, spawnNode } from "../../cli/testing/spawnNode.ts";
import { createNextKey, createValidatorKey, readValidatorKey } from "../validator/keyFile.ts";

let cwd: string;
const running: Running[] = [];

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "trellis-node-"));
});
afterEach(async () => {
  for (const { child } of running) child.kill("SIGTERM");
  await Promise.all(running.splice(0).map(({ ended }) => ended));
  rmSync(cwd, { recursive: true });
});

async function start(
  args: readonly string[],
  network = "local",
): Promise<{ readonly node: Running; readonly ready: ReadyFacts }> {
  const node = spawnNode(
    MAIN,
    [
      ...["node", `--network=${network}`, "--ephemeral", "--mdns=false", "--listen=127.0.0.1:0", "--json"],
      ...["--rpc-port=0", "--http-port=0", ...args],
    ],
    { cwd },
  );
  running.push(node);
  let line = "";
  node.child.stdout.on("data", (text: string) => {
    line += text;
  });
  await node.printed("\n");
  return { node, ready: JSON.parse(line) as ReadyFacts };
}

async function stop({ child, ended }: Running): Promise<string> {
  child.kill("SIGTERM");
  return (await ended).stderr;
}

async function call(rpc: string, method: string, ...params: unknown[]) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await fetch(rpc, { method: "POST", body, headers: { "content-type": "application/json" } });
  return (await answer.json()) as { result?: unknown; error?: { code: number; message: string } };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`still not so: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("invalid address", () => {
  it.each(["--listen=nowhere", "--bootstrap=/ip4/192.0.2.1/udp/1", "--announce=x:y"])(
    "ADDRESS_INVALID: %s, and nothing is written to disk",
    async (flag) => {
      const node = spawnNode(MAIN, ["node", "--network=local", "--data-dir=data", flag], { cwd });
      const { exitCode, stderr } = await node.ended;
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain("ADDRESS_INVALID");
      expect(existsSync(join(cwd, "data"))).toBe(false);
    },
  );
});

it("DYNAMIC_STORE_FAILED: a stored change that would leave a public listener without limits stops the start", async () => {
  const change = { version: 1, key: "limitPerAddress", value: 0, by: "key:a", reason: "test", timeMs: 0 };
  mkdirSync(join(cwd, "data"));
  writeFileSync(join(cwd, "data/settings.jsonl"), `${JSON.stringify(change)}\n`);
  const args = ["node", "--network=test", "--data-dir=data", "--rpc-host=0.0.0.0", "--insecure-http"];
  const { exitCode, stderr } = await spawnNode(MAIN, args, { cwd }).ended;
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("DYNAMIC_STORE_FAILED");
  expect(stderr).toMatch(
    /reachable without limits.*settings\.jsonl|settings\.jsonl.*reachable without limits/s,
  );
});

it("CONFIG_INVALID_VALUE: Stratum of a public network beyond this machine [STRATUM-1]", async () => {
  const args = ["node", "--network=test", "--data-dir=data", "--stratum", "--stratum-host=0.0.0.0"];
  const { exitCode, stderr } = await spawnNode(MAIN, args, { cwd }).ended;
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/setting: stratumHost, .*reachable without TLS[\s\S]*CONFIG_INVALID_VALUE/);
});

it("a peer with another genesis is logged by both nodes with both hashes, and shown by /ready", async () => {
  const first = await start(["--accounts=3"]);
  const second = await start(["--accounts=4", `--bootstrap=${first.ready.p2p!.addresses[0]}`]);
  const genesisOf = async ({ ready }: typeof first) => {
    const { result } = await call(ready.rpc, "admin_nodeInfo");
    return (result as { protocols: { trellis: { genesis: string } } }).protocols.trellis.genesis;
  };
  const genesis = [await genesisOf(first), await genesisOf(second)];
  const readiness = async () => (await fetch(`${second.ready.http}/ready`)).text();
  await until(async () => (await readiness()).includes("another network"));
  for (const hash of genesis) expect(await readiness()).toContain(hash);
  for (const { node } of [first, second]) {
    const log = await stop(node);
    const warning = log.split("\n").find((line) => line.includes("peer.otherNetwork"));
    for (const hash of genesis) expect(warning).toContain(hash);
  }
});

it("an unreachable bootstrap address and the loss of all peers are logged once", async () => {
  const silent = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const first = await start([]);
  const second = await start([`--bootstrap=127.0.0.1:${port},${first.ready.p2p!.addresses[0]}`]);
  const peerCount = async () => (await call(second.ready.rpc, "net_peerCount")).result;
  await until(async () => (await peerCount()) === "0x1");
  await stop(first.node);
  await until(async () => (await peerCount()) === "0x0");
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const log = await stop(second.node);
  silent.close();
  const lines = (text: string) => log.split("\n").filter((line) => line.includes(text));
  expect(lines("peers.lost")).toHaveLength(1);
  expect(lines("dial.failed").filter((line) => line.includes(`/tcp/${port}`))).toHaveLength(1);
});

it("rejects invalid values with the reason", async () => {
  const { ready } = await start(["--announce=198.51.100.1:30303"]);
  const { result } = await call(ready.rpc, "admin_nodeInfo");
  expect((result as { addresses: string[] }).addresses.some((each) => each.includes("198.51.100.1"))).toBe(
    true,
  );
  for (const [method, target] of [
    ["admin_ban", "nonsense"],
    ["admin_ban", "1.2.3.4.5"],
    ["admin_unban", "0x00"],
    ["admin_addPeer", "nonsense"],
    ["admin_addPeer", "/ip4/192.0.2.1/udp/1"],
  ] as const) {
    const { error } = await call(ready.rpc, method, target);
    expect(error).toMatchObject({ code: -32602 });
    expect(error?.message).toContain(target);
  }
  expect((await call(ready.rpc, "admin_ban", ready.p2p!.id)).error?.message).toContain("this node itself");
  expect((await call(ready.rpc, "admin_ban", "192.0.2.1")).result).toBe(true);
});

it("a node of a public network waits for a peer, unless it starts the network, and serves local RPC [SYNC-27] [RPC-3]", async () => {
  const miner = ["--miner=0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "--miner-threads=2"];
  const [waiting, first] = await Promise.all([
    start([...miner, "--rpc-roles=public,admin"], "test"),
    start(["--bootstrap=none"], "test"),
  ]);
  const readiness = async ({ ready }: typeof first) => (await fetch(`${ready.http}/ready`)).json();
  expect(await readiness(waiting)).toMatchObject({
    reasons: { peers: "no bootstrap address configured, and no peer found yet" },
  });
  expect(await readiness(first)).toMatchObject({ status: "ready" });
  expect((await call(waiting.ready.rpc, "admin_peers")).result).toEqual([]);
  expect((await call(waiting.ready.rpc, "debug_traceTransaction")).error?.code).toBe(-32601);
  expect((await call(first.ready.rpc, "admin_peers")).error?.message).toContain("not enabled");
  // Nobody reaches templates or Stratum by default. [MINE-1]
  expect((await call(first.ready.rpc, "trellis_getMiningWorkers")).error?.code).toBe(-32601);
  expect(first.ready).not.toHaveProperty("stratum");
  const metrics = await (await fetch(`${waiting.ready.http}/metrics`)).text();
  for (const series of [
    /^trellis_build_info\{version="[^"]+"\} 1$/m,
    /^trellis_peers\{direction="outbound"\} 0$/m,
    /^trellis_network_bytes_total\{direction="sent"\} \d+$/m,
    /^trellis_mining_hashes_total\{algorithm="memory",device="cpu"\} 0$/m,
  ]) {
    expect(metrics).toMatch(series);
  }
  const log = await stop(waiting.node);
  expect(log).toContain("bootstrap.missing");
  expect(log).not.toContain("mining.started");
  expect(await stop(first.node)).not.toContain("bootstrap.missing");
});

it("a node logs its validator key and hides what the key may do from remote clients", async () => {
  const { node, ready } = await start(["--development-validator=1", "--http-host=0.0.0.0"]);
  expect(ready.validator).toMatch(/^0x[0-9a-f]{96}$/);
  const port = new URL(ready.http).port;
  expect((await fetch(`http://127.0.0.1:${port}/node/v1/operations/configuration`)).status).toBe(401);
  const line = (await stop(node)).split("\n").find((each) => each.includes("validator.active"));
  expect(line).toContain(ready.validator);
});

it("FINAL-27: SIGHUP loads the key of a rotation, and the log names the keys of the node", async () => {
  const directory = join(cwd, "validator");
  const first = await createValidatorKey(directory, "correct horse", systemRandom);
  writeFileSync(join(cwd, "password"), "correct horse\n", { mode: 0o600 });
  const { node } = await start([
    `--validator-dir=${directory}`,
    `--validator-password-from=file:${join(cwd, "password")}`,
  ]);
  const second = await createNextKey(directory, "correct horse", systemRandom);
  node.child.kill("SIGHUP");
  await node.logged("keys.loaded");
  const log = await stop(node);
  const line = log.split("\n").find((each) => each.includes("keys.loaded"));
  for (const { publicKey } of [first, readValidatorKey(second)!])
    expect(line).toContain(bytesToHex(publicKey));
});
