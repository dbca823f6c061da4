import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { swiftShader } from "@trellis/kit/swiftShader";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { expectFaultless } from "./expectStopped.ts";
import { type Devnet, type ReadyLine, type Served, startNode, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const RUN_MS = Number(process.env.TRELLIS_MINING_MS ?? 20_000);
const ALICE = `0x${"a1".repeat(20)}`;
const BOB = `0x${"b0".repeat(20)}`;
const PAGE = 500;
const QUANTITY = /^0x[0-9a-f]+$/;
const FINAL_BLUE = /trellis_miner_final_blocks_total\{device="cpu",colour="blue"\} [1-9]/;
/** SwiftShader compiles the shader for seconds. */
const COMPILE_MS = 240_000;

interface DagBlock {
  readonly hash: string;
  readonly miner: string;
  readonly stream: number;
  readonly color: "blue" | "red" | null;
  readonly blueScore: string;
}

interface DeviceStatus {
  readonly hashRate: number;
  readonly found: number;
  readonly accepted: number;
  readonly stale: number;
  readonly refused: number;
  readonly blue: number;
  readonly red: number;
  readonly rewards: number;
}

interface Status extends DeviceStatus {
  readonly event: "status";
  readonly devices: {
    readonly cpu: DeviceStatus;
    readonly gpu: DeviceStatus & { readonly adapter: string | null };
  };
}

type Environment = Readonly<Record<string, string>>;

let directory: TemporaryDirectory;
const nodes: Devnet[] = [];
const miners: Served<{ readonly event: "ready"; readonly http: string | null }>[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  await Promise.all([...miners.splice(0), ...nodes.splice(0)].map((started) => started.kill()));
  await directory.remove();
});

async function startLocal(...args: string[]): Promise<Devnet> {
  const node = await startNode({
    dataDir: `${directory.path}/node-${nodes.length + 1}`,
    args: ["--network", "local", "--listen", "127.0.0.1:0", "--mdns=false", ...args],
  });
  nodes.push(node);
  return node;
}

async function startMiner(
  node: string,
  [address, stream]: readonly [string, string],
  args: readonly string[],
  environment: Environment = {},
) {
  const miner = await startTrellis<{ readonly event: "ready"; readonly http: string | null }>(
    [
      ...["miner", "--node", node, "--address", address, "--stream", stream],
      ...["--http-port", "0", "--json", ...args],
    ],
    { environment },
  );
  miners.push(miner);
  return miner;
}

const metricsOf = async (service: { readonly ready: { readonly http: string | null } }): Promise<string> =>
  (await fetch(`${service.ready.http}/metrics`)).text();

async function resultOf<T>(node: Devnet, method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await rpcCall(node.rpcUrl, method, params);
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result as T;
}

/** All blocks of the DAG that pay the address. */
async function blocksOf(node: Devnet, address: string): Promise<DagBlock[]> {
  const found = new Map<string, DagBlock>();
  for (let from = 0; ; from += PAGE) {
    const page = await resultOf<DagBlock[]>(
      node,
      "trellis_getDag",
      `0x${from.toString(16)}`,
      `0x${(from + PAGE - 1).toString(16)}`,
    );
    for (const block of page) if (block.miner === address) found.set(block.hash, block);
    if (page.length === 0) return [...found.values()];
  }
}

async function lastStatus(miner: Served<unknown>): Promise<Status> {
  const ended = await miner.stop();
  expectFaultless(ended);
  return statusIn(ended.stdout);
}

/** The last one. */
function statusIn(stdout: string): Status {
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Status;
}

describe("trellis miner", () => {
  it("mines `heavy` blocks through a node, after one that is down, and reports them", async () => {
    const node = await startLocal("--development-validator", "1");
    const miner = await startMiner(
      `ws://127.0.0.1:9,${node.wsUrl}`,
      [ALICE, "heavy"],
      ["--block-time", "300"],
    );
    await eventually(async () => (await blocksOf(node, ALICE)).length >= 20);
    expect(await metricsOf(miner)).toMatch(/trellis_miner_connected 1/);
    expect((await fetch(`${miner.ready.http}/ready`)).status).toBe(200);
    await eventually(async () => FINAL_BLUE.test(await metricsOf(miner)));
    const status = await lastStatus(miner);
    const blocks = await blocksOf(node, ALICE);
    expect(status).toMatchObject({ event: "status", accepted: blocks.length, refused: 0 });
    expect(new Set(blocks.map(({ stream }) => stream))).toEqual(new Set([1]));
    expect(status.rewards).toBe(status.blue);
    expect(BigInt(await resultOf<string>(node, "eth_getBalance", ALICE, "latest"))).toBeGreaterThan(0n);
  });

  it(
    "--device gpu mines `heavy` blocks with WebGPU, on SwiftShader",
    async () => {
      const node = await startLocal("--development-validator", "1");
      const { LD_LIBRARY_PATH, VK_ICD_FILENAMES } = await swiftShader();
      const miner = await startMiner(
        node.wsUrl,
        [ALICE, "heavy"],
        ["--device", "gpu", "--block-time", "300"],
        { LD_LIBRARY_PATH: LD_LIBRARY_PATH!, VK_ICD_FILENAMES: VK_ICD_FILENAMES! },
      );
      await eventually(async () => (await blocksOf(node, ALICE)).length >= 10, COMPILE_MS);
      await eventually(async () =>
        /trellis_miner_final_blocks_total\{device="gpu",colour="blue"\} [1-9]/.test(await metricsOf(miner)),
      );
      expect(await metricsOf(miner)).toMatch(
        /trellis_mining_hashes_total\{algorithm="heavy",device="gpu"\} [1-9]/,
      );
      const ended = await miner.stop();
      expectFaultless(ended);
      expect(ended.stderr).toContain('"msg":"gpu.software"');
      const { devices, ...all } = statusIn(ended.stdout);
      const blocks = await blocksOf(node, ALICE);
      expect(new Set(blocks.map(({ stream }) => stream))).toEqual(new Set([1]));
      expect(all).toMatchObject({ accepted: blocks.length, refused: 0 });
      expect(devices.gpu).toMatchObject({
        adapter: expect.stringContaining("SwiftShader"),
        ...{ accepted: blocks.length, rewards: all.blue },
      });
      expect(devices.cpu.found).toBe(0);
    },
    2 * COMPILE_MS,
  );

  it.each([
    ["both", "heavy"],
    ["gpu", "blake3"],
  ])(
    "--device %s mines `%s` blocks, and starts SwiftShader",
    async (device, stream) => {
      const node = await startLocal();
      const { LD_LIBRARY_PATH, VK_ICD_FILENAMES } = await swiftShader();
      const miner = await startMiner(
        node.wsUrl,
        [ALICE, stream],
        ["--device", device, "--block-time", "300"],
        { LD_LIBRARY_PATH: LD_LIBRARY_PATH!, VK_ICD_FILENAMES: VK_ICD_FILENAMES! },
      );
      await eventually(() => miner.stderr().includes('"msg":"gpu.software"'), COMPILE_MS);
      await eventually(async () => (await blocksOf(node, ALICE)).length >= 3, COMPILE_MS);
      const ended = await miner.stop();
      expectFaultless(ended);
      const { devices, ...all } = statusIn(ended.stdout);
      const blocks = await blocksOf(node, ALICE);
      expect(new Set(blocks.map(({ stream: index }) => index)).size).toBe(1);
      expect(all).toMatchObject({ accepted: blocks.length, refused: 0 });
      expect(devices.gpu.adapter).toContain("SwiftShader");
      expect(devices.cpu.accepted + devices.gpu.accepted).toBe(blocks.length);
      if (device === "gpu") expect(devices.gpu.accepted).toBe(blocks.length);
    },
    2 * COMPILE_MS,
  );

  it("--device gpu without a driver says so, and the CPU mines", async () => {
    const node = await startLocal();
    const nowhere = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
    const miner = await startMiner(
      node.wsUrl,
      [ALICE, "heavy"],
      ["--device", "gpu", "--block-time", "300"],
      nowhere,
    );
    await eventually(async () => (await blocksOf(node, ALICE)).length >= 3);
    const ended = await miner.stop();
    expectFaultless(ended);
    expect(ended.stderr).toMatch(/"reason":"no driver".*"msg":"gpu\.unavailable"/);
    const { devices } = statusIn(ended.stdout);
    expect(devices.gpu).toMatchObject({ adapter: null, found: 0 });
    expect(devices.cpu.accepted).toBeGreaterThanOrEqual(3);
  });

  it("an API key of the node's `access` that may mine, one that may not, and a wrong one", async () => {
    const keys = { RIG: "trn_a-rig-that-mines", READER: "trn_a-reader", WRONG: "trn_nobody" };
    const keyHash = (key: string): string => createHash("sha256").update(key).digest("hex");
    const access = [
      { name: "rig", keyHash: keyHash(keys.RIG), permissions: ["trellis:*"] },
      { name: "reader", keyHash: keyHash(keys.READER), permissions: ["eth:*"] },
    ];
    const file = `${directory.path}/trellis.yaml`;
    writeFileSync(file, JSON.stringify({ node: { access } }));
    const node = await startLocal("--config", file);
    const start = (address: string, key: keyof typeof keys) =>
      startMiner(
        node.wsUrl,
        [address, "heavy"],
        ["--block-time", "300", "--api-key-from", `env:${key}`],
        keys,
      );
    const [rig, reader, wrong] = await Promise.all([
      start(ALICE, "RIG"),
      start(BOB, "READER"),
      start(BOB, "WRONG"),
    ]);
    await eventually(async () => (await blocksOf(node, ALICE)).length >= 3);
    expect(await lastStatus(rig)).toMatchObject({ refused: 0 });
    await eventually(() => reader.stderr().includes("MINER_REFUSED"));
    await eventually(() => wrong.stderr().includes("a wrong API key"));
    expect((await fetch(`${reader.ready.http}/ready`)).status).toBe(503);
    for (const each of [reader, wrong]) await each.stop();
    expect(await blocksOf(node, BOB)).toEqual([]);
  });

  it("two miners share the streams of two nodes, and their counts match the chain", async () => {
    const first = await startLocal("--development-validator", "1");
    const bootstrap = ["--bootstrap", first.ready.p2p!.addresses[0]!];
    const second = await startLocal(...bootstrap);
    const alice = await startMiner(first.wsUrl, [ALICE, "heavy"], ["--block-time", "250"]);
    const bob = await startMiner(second.wsUrl, [BOB, "blake3"], ["--block-time", "250"]);
    await new Promise((resolve) => setTimeout(resolve, RUN_MS));
    for (const each of [alice, bob]) await eventually(async () => FINAL_BLUE.test(await metricsOf(each)));
    const statuses = { [ALICE]: await lastStatus(alice), [BOB]: await lastStatus(bob) };
    const heads = () =>
      Promise.all([first, second].map((node) => resultOf<string[]>(node, "trellis_getTips")));
    await eventually(async () => {
      const [one, other] = await heads();
      return JSON.stringify(one!.toSorted()) === JSON.stringify(other!.toSorted());
    });
    for (const [address, status] of Object.entries(statuses)) {
      const blocks = await blocksOf(first, address);
      const count = (colour: string) => blocks.filter(({ color }) => color === colour).length;
      expect(await blocksOf(second, address)).toHaveLength(blocks.length);
      expect(status).toMatchObject({ accepted: blocks.length, refused: 0 });
      expect(status.blue).toBeGreaterThan(0);
      // What is final stays.
      expect(status.blue).toBeLessThanOrEqual(count("blue"));
      expect(status.red).toBeLessThanOrEqual(count("red"));
      expect(status.rewards).toBe(status.blue);
      // The chain pays each blue block that a chain block has merged, and no red one.
      const balance = BigInt(await resultOf<string>(first, "eth_getBalance", address, "latest"));
      expect(balance).toBe(BigInt(count("blue")) * 10n ** 18n);
    }
  }, 900_000);
});

/** From the description of EthereumStratum/1.0.0 for Kaspa, not from the node's code. */
class StratumClient {
  readonly socket: Socket;
  readonly #answers = new Map<number, (answer: { result: unknown; error: unknown }) => void>();
  #count = 0;
  extranonce = "";
  job: { readonly id: string } | undefined;
  readonly sealRoots = new Set<string>();

  constructor(address: string) {
    const [host, port] = address.split(":");
    this.socket = connect(Number(port), host!);
    createInterface({ input: this.socket }).on("line", (line) => this.#receive(line));
  }

  call(method: string, ...params: unknown[]): Promise<{ result: unknown; error: unknown }> {
    const id = ++this.#count;
    this.socket.write(`${JSON.stringify({ id, jsonrpc: "2.0", method, params })}\n`);
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }

  #receive(line: string): void {
    const { id, method, params, result, error } = JSON.parse(line);
    if (method === "mining.set_extranonce") this.extranonce = params[0];
    else if (method === "mining.notify") {
      const [, words] = /\[(\d+(?:,\d+){3})\]/.exec(line)!;
      this.job = { id: params[0] };
      this.sealRoots.add(hexOf(words!.split(",").map(BigInt)));
    } else this.#answers.get(id)?.({ result, error });
  }
}

/** Little-endian. */
function hexOf(words: readonly bigint[]): string {
  const bytes = Buffer.alloc(8 * words.length);
  for (const [index, word] of words.entries()) bytes.writeBigUInt64LE(word, 8 * index);
  return `0x${bytes.toString("hex")}`;
}

it("a Stratum client mines a block of `heavy`", async () => {
  const node = await startLocal("--stratum", "--stratum-port", "0");
  const { stratum } = node.ready as ReadyLine & { readonly stratum: string };
  const client = new StratumClient(stratum);
  await once(client.socket, "connect");
  expect((await client.call("mining.subscribe", "e2e/1.0")).result).toEqual([true, "EthereumStratum/1.0.0"]);
  expect((await client.call("mining.authorize", `${BOB}.rig1`, "x")).result).toBe(true);
  await eventually(() => client.job !== undefined);
  // Templates of one stream and address are shared.
  let template: { readonly sealRoot: string; readonly expiresMs: string } | undefined;
  await eventually(async () => {
    template = await resultOf(node, "trellis_getBlockTemplate", "heavy", BOB);
    return client.sealRoots.has(template!.sealRoot);
  });
  expect(template!.expiresMs).toMatch(QUANTITY);
  // One hash in four is a block: instead of hashing, the client submits nonces in order.
  let accepted = 0;
  let refused = 0;
  for (let nonce = 0; accepted === 0 && nonce < 1_000; nonce++) {
    const digits = client.extranonce + nonce.toString(16).padStart(16 - client.extranonce.length, "0");
    const { result, error } = await client.call("mining.submit", `${BOB}.rig1`, client.job!.id, digits);
    if (result === true) accepted++;
    else {
      expect((error as [number])[0]).toBe(23);
      refused++;
    }
  }
  await eventually(async () => (await blocksOf(node, BOB)).length === 1);
  expect((await blocksOf(node, BOB))[0]!.stream).toBe(1);
  expect(await resultOf(node, "trellis_getMiningWorkers")).toMatchObject([
    {
      ...{ source: "stratum", stream: "heavy", worker: `${BOB}.rig1`, device: "e2e/1.0", connections: 1 },
      ...{ accepted: 1, invalid: refused, blocks: 1, lastShareMs: expect.stringMatching(QUANTITY) },
    },
    { source: "rpc", stream: "heavy", worker: BOB, connections: 0, accepted: 0, lastShareMs: null },
  ]);
  const metrics = await (await fetch(`${node.httpUrl}/metrics`)).text();
  expect(metrics).toContain('trellis_stratum_shares_total{outcome="accepted"} 1');
  expect(metrics).toContain("trellis_stratum_connections 1");
  client.socket.destroy();
  expectFaultless(await node.stop());
});
