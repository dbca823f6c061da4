import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { slowness } from "@trellis/kit";
import { createPublicClient, http } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accountOf, devnetChain, GENESIS_BALANCE } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { type Devnet, type DevnetOptions, devnetFlags, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const STOP_MS_MAX = 5_000;
const FIRST_BLOCK_MS_MAX = 10_000;

let directory: TemporaryDirectory;
let started: Devnet[];
const TO = `0x${"ab".repeat(20)}` as const;

beforeEach(async () => {
  directory = await temporaryDirectory();
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((devnet) => devnet.kill()));
  await directory.remove();
});

const dataDir = (): string => `${directory.path}/devnet`;

async function start(options: DevnetOptions = { dataDir: dataDir() }): Promise<Devnet> {
  const devnet = await startDevnet(options);
  started.push(devnet);
  return devnet;
}

async function pay(rpcUrl: string, value: bigint) {
  const hash = await walletOf(rpcUrl, accountOf(0)).sendTransaction({ to: TO, value });
  return publicClientOf(rpcUrl).waitForTransactionReceipt({ hash });
}

async function stopped(devnet: Devnet): Promise<number> {
  const startMs = performance.now();
  expectStopped(await devnet.stop());
  return performance.now() - startMs;
}

describe("ready", () => {
  it("is one line of exactly the promised JSON, and nothing else on standard output", async () => {
    const devnet = await start();
    const { rpc, ws, http, chainId, dataDir: kept } = devnet.ready;
    expect(devnet.stdout()).toBe(
      `{"event":"ready","rpc":"${rpc}","ws":"${ws}","http":"${http}","chainId":${chainId},"dataDir":"${kept}"}\n`,
    );
    expect(chainId).toBe(31337);
    expect(kept).toBe(dataDir());
    expect(rpc).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ws).toBe(rpc.replace("http", "ws"));
    expect(http).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(new URL(http).port).not.toBe(new URL(rpc).port);
    await pay(rpc, 1n);
    await stopped(devnet);
    expect(devnet.stdout().split("\n")).toHaveLength(2);
  });

  it("the first block exists within 10 s", async () => {
    const devnet = await start();
    const client = publicClientOf(devnet.rpcUrl);
    const startMs = performance.now() - devnet.startMs;
    await eventually(async () => (await client.getBlockNumber({ cacheTime: 0 })) >= 1n);
    expect(performance.now() - startMs).toBeLessThan(FIRST_BLOCK_MS_MAX * slowness());
  });

  it("two devnets run side by side on free ports", async () => {
    const [first, second] = await Promise.all([start(), start({ dataDir: `${directory.path}/other` })]);
    expect(first.rpcUrl).not.toBe(second.rpcUrl);
    await pay(first.rpcUrl, 5n);
    expect(await publicClientOf(second.rpcUrl).getBalance({ address: TO })).toBe(0n);
  });
});

describe("service port", () => {
  it("answers /health, /ready and /metrics", async () => {
    const devnet = await start();
    const ask = async (path: string) => {
      // Without this `accept` header, browsers receive the console.
      const response = await fetch(`${devnet.httpUrl}${path}`, { headers: { accept: "application/json" } });
      return { status: response.status, text: await response.text() };
    };
    expect(await ask("/health")).toMatchObject({ status: 200, text: expect.stringContaining("alive") });
    // The validator of earlier data observes before it signs.
    await eventually(async () => (await ask("/ready")).status === 200);
    expect(await ask("/ready")).toMatchObject({ text: expect.stringContaining("ready") });
    await pay(devnet.rpcUrl, 1n);
    const metrics = await ask("/metrics");
    expect(metrics.status).toBe(200);
    // `promtool check metrics`: only counters end in `_total`.
    const types = [...metrics.text.matchAll(/^# TYPE (\w+) (counter|gauge|histogram)$/gm)];
    expect(types.length).toBeGreaterThan(20);
    expect(types.filter(([, name, kind]) => name!.endsWith("_total") !== (kind === "counter"))).toEqual([]);
    expect(metrics.text).toMatch(/^\w+(\{[^}]*\})? [1-9][\d.e+]*$/m);
    expect((await ask("/nothing")).status).toBe(404);
  });
});

describe("flags", () => {
  it("--accounts N funds the first N accounts of the mnemonic", async () => {
    const devnet = await start({ dataDir: dataDir(), args: ["--accounts", "12"] });
    const client = publicClientOf(devnet.rpcUrl);
    const { result } = await rpcCall(devnet.rpcUrl, "eth_accounts");
    expect(result).toHaveLength(12);
    expect(await client.getBalance({ address: accountOf(11).address })).toBe(GENESIS_BALANCE);
    expect(await client.getBalance({ address: accountOf(12).address })).toBe(0n);
  });

  it("--rpc-host listens beyond loopback, warns, and answers for the names of --rpc-hosts", async () => {
    const devnet = await start({ args: ["--rpc-host", "0.0.0.0", "--rpc-hosts", "devnet.internal"] });
    expect(devnet.stderr()).toContain("rpc.exposed");
    const { port } = new URL(devnet.rpcUrl);
    const statusFor = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { host, "content-type": "application/json" };
        request({ host: "127.0.0.1", port, method: "POST", headers }, (response) =>
          resolve(response.resume().statusCode!),
        )
          .on("error", reject)
          .end('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}');
      });
    expect(await statusFor("devnet.internal:8545")).toBe(200);
    expect(await statusFor("rebound.example")).toBe(403);
    await stopped(devnet);
    const local = await start({});
    expect(local.stderr()).not.toContain("rpc.exposed");
  });

  it("--ephemeral stores nothing", async () => {
    const devnet = await start({});
    expect(devnet.ready.dataDir).toBeNull();
    expect((await pay(devnet.rpcUrl, 1n)).status).toBe("success");
    await stopped(devnet);
    expect(await readdir(directory.path)).toEqual([]);
  });

  it("--reset deletes the old chain", async () => {
    const first = await start();
    await pay(first.rpcUrl, 1n);
    await stopped(first);
    const second = await start({ dataDir: dataDir(), args: ["--reset"] });
    const client = publicClientOf(second.rpcUrl);
    expect(await client.getBalance({ address: TO })).toBe(0n);
    expect(await client.getTransactionCount({ address: accountOf(0).address })).toBe(0);
  });

  it("--block-time 500 mines at that rate", async () => {
    const devnet = await start({ dataDir: dataDir(), args: ["--block-time", "500"] });
    const client = publicClientOf(devnet.rpcUrl);
    const first = await client.getBlockNumber({ cacheTime: 0 });
    const startMs = performance.now();
    await eventually(async () => (await client.getBlockNumber({ cacheTime: 0 })) >= first + 4n);
    const elapsedMs = performance.now() - startMs;
    expect(elapsedMs).toBeGreaterThan(1_000);
    expect(elapsedMs).toBeLessThan(6_000 * slowness());
  });

  it("--block-time leaves time to replace a transaction, and viem follows it", async () => {
    const devnet = await start({ dataDir: dataDir(), args: ["--block-time", "3000"] });
    const client = publicClientOf(devnet.rpcUrl);
    const first = await client.getBlockNumber({ cacheTime: 0 });
    await eventually(async () => (await client.getBlockNumber({ cacheTime: 0 })) > first);
    const wallet = walletOf(devnet.rpcUrl, accountOf(0));
    const fees = { nonce: 0, gas: 21_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n };
    const hash = await wallet.sendTransaction({ ...fees, to: TO, value: 1n });
    expect(await client.getTransaction({ hash })).toMatchObject({ blockHash: null });
    let reason = "";
    const asked: string[] = [];
    const watching = createPublicClient({
      chain: devnetChain,
      pollingInterval: 50,
      transport: http(devnet.rpcUrl, {
        onFetchRequest: (_, { body }) => void asked.push(JSON.parse(String(body)).method),
      }),
    });
    const receipt = watching.waitForTransactionReceipt({
      hash,
      onReplaced: (replaced) => {
        reason = replaced.reason;
      },
    });
    const bumped = { ...fees, maxFeePerGas: 2n * 10n ** 10n, maxPriorityFeePerGas: 2n * 10n ** 9n };
    // viem requests the receipt only after it has read the transaction.
    await eventually(() => {
      const seen = asked.indexOf("eth_getTransactionByHash");
      return seen >= 0 && asked.includes("eth_getTransactionReceipt", seen);
    });
    const replacement = await wallet.sendTransaction({ ...bumped, to: TO, value: 2n });
    expect((await receipt).transactionHash).toBe(replacement);
    expect(reason).toBe("replaced");
    expect(await client.getBalance({ address: TO })).toBe(2n);
  });

  it.each([
    [["--block-time", "soon"]],
    [["--rpc-port", "70000"]],
    [["--accounts", "-1"]],
    [["--acounts", "3"]],
    [["--data-dir"]],
  ])("%j is refused with a code and a hint, and creates nothing", async (args) => {
    const { exitCode, stderr, stdout } = await runTrellis([
      "devnet",
      ...devnetFlags({ dataDir: dataDir() }),
      ...args,
    ]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    const error = JSON.parse(stderr.trim().split("\n").at(-1)!) as { code: string; hint: string };
    expect(error.code).toMatch(/^(CONFIG|FLAG)_/);
    expect(error.hint).not.toBe("");
    expect(existsSync(dataDir())).toBe(false);
  });

  it("a used port is refused with its number", async () => {
    const devnet = await start();
    const { port } = new URL(devnet.rpcUrl);
    const argv = ["devnet", "--ephemeral", "--no-reserves", "--json", "--http-port", "0", "--rpc-port", port];
    const { exitCode, stderr } = await runTrellis(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(port);
    expect(stderr).toMatch(/"hint":"[^"]*port/);
  });
});

describe("a data directory", () => {
  it("SIGTERM exits 0 within 5 s, and the next start resumes where it stopped", async () => {
    const first = await start();
    const receipts = [await pay(first.rpcUrl, 3n), await pay(first.rpcUrl, 4n)];
    const before = publicClientOf(first.rpcUrl);
    const { blockNumber, blockHash } = receipts[1]!;
    const balance = await before.getBalance({ address: accountOf(0).address });
    const { stateRoot } = await before.getBlock({ blockNumber });
    expect(await stopped(first)).toBeLessThan(STOP_MS_MAX * slowness());

    const second = await start();
    const client = publicClientOf(second.rpcUrl);
    expect(await client.getBlockNumber()).toBeGreaterThanOrEqual(blockNumber);
    expect(await client.getBlock({ blockNumber })).toMatchObject({ hash: blockHash, stateRoot });
    for (const receipt of receipts) {
      const { transactionHash: hash } = receipt;
      expect(await client.getTransactionReceipt({ hash })).toEqual(receipt);
    }
    expect(await client.getBalance({ address: accountOf(0).address })).toBe(balance);
    expect(await client.getBalance({ address: TO, blockNumber: receipts[0]!.blockNumber })).toBe(3n);
    const next = await pay(second.rpcUrl, 5n);
    expect(next.blockNumber).toBeGreaterThan(blockNumber);
    expect(await client.getBalance({ address: TO })).toBe(12n);
    await stopped(second);
  });

  it("keeps pending transactions", async () => {
    const first = await start();
    const wallet = walletOf(first.rpcUrl, accountOf(1));
    const fees = { gas: 21_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
    const hash = await wallet.sendTransaction({ to: TO, value: 7n, nonce: 1, ...fees });
    await stopped(first);
    const second = await start();
    const client = publicClientOf(second.rpcUrl);
    expect(await client.getTransaction({ hash })).toMatchObject({ nonce: 1, blockHash: null });
    await walletOf(second.rpcUrl, accountOf(1)).sendTransaction({ to: TO, value: 8n, nonce: 0, ...fees });
    expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: "success" });
    expect(await client.getBalance({ address: TO })).toBe(15n);
  });

  it("is refused to a second process while the first continues", async () => {
    const first = await start();
    const { exitCode, stderr, stdout } = await runTrellis(["devnet", ...devnetFlags({ dataDir: dataDir() })]);
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("STORE_LOCKED");
    expect(stderr).toMatch(/"hint":"[^"]+"/);
    expect((await pay(first.rpcUrl, 1n)).status).toBe("success");
    const reset = await runTrellis(["devnet", ...devnetFlags({ dataDir: dataDir() }), "--reset"]);
    expect(reset.exitCode).not.toBe(0);
    expect((await pay(first.rpcUrl, 1n)).status).toBe("success");
    await stopped(first);
  });

  it("that is a file is refused and unchanged", async () => {
    await writeFile(dataDir(), "something else");
    const { exitCode, stderr } = await runTrellis(["devnet", ...devnetFlags({ dataDir: dataDir() })]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("STORE_UNAVAILABLE");
    expect(await readFile(dataDir(), "utf8")).toBe("something else");
  });

  it("of a network with other accounts is refused and unchanged", async () => {
    const first = await start();
    await pay(first.rpcUrl, 1n);
    await stopped(first);
    const other = await runTrellis(["devnet", ...devnetFlags({ dataDir: dataDir() }), "--accounts", "3"]);
    expect(other.exitCode).not.toBe(0);
    expect(other.stderr).toMatch(/"code":"[A-Z_]+"/);
    const again = await start();
    expect(await publicClientOf(again.rpcUrl).getBalance({ address: TO })).toBe(1n);
  });
});

it("a stop under load loses no mined transaction", async () => {
  const first = await start();
  const client = publicClientOf(first.rpcUrl);
  const wallet = walletOf(first.rpcUrl, accountOf(2));
  const fees = { gas: 21_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
  const hashes = await Promise.all(
    Array.from({ length: 200 }, (_, nonce) => wallet.sendTransaction({ to: TO, value: 1n, nonce, ...fees })),
  );
  await eventually(async () => (await client.getBalance({ address: TO })) > 0n);
  expect(await stopped(first)).toBeLessThan(STOP_MS_MAX * slowness());
  const second = await start();
  const after = publicClientOf(second.rpcUrl);
  const receipts = await Promise.all(hashes.map((hash) => after.waitForTransactionReceipt({ hash })));
  expect(receipts.every(({ status }) => status === "success")).toBe(true);
  expect(await after.getBalance({ address: TO })).toBe(200n);
});
