import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, walletOf } from "./clients.ts";
import { Container } from "./image/Container.ts";
import { ImageBuilder, type ImageConfig } from "./image/ImageBuilder.ts";
import { missingTools } from "./image/missingTools.ts";
import { runProgram } from "./image/runProgram.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const MIB = 1_048_576;
const MEMORY_MIB = 1_024;
/** Docker's grace period. */
const GRACE_MS = 10_000;
const BUILD_MS_MAX = 1_200_000;
const USER = 65_532;
const CLIENTS = 8;

const missing = missingTools();
if (missing.length > 0) console.log(`image: not built, without ${missing.join(", ")}`);

describe.skipIf(missing.length > 0)("the image", () => {
  let scratch: TemporaryDirectory;
  let builder: ImageBuilder;
  let config: ImageConfig;
  let rootfs: string;
  const containers: Container[] = [];

  beforeAll(async () => {
    scratch = await temporaryDirectory();
    builder = new ImageBuilder(scratch.path);
    await builder.build();
    config = await builder.config();
    rootfs = await builder.mount();
  }, BUILD_MS_MAX);
  afterAll(async () => {
    for (const container of containers) await container.remove();
    await builder.remove();
    await scratch.remove();
  });

  function start(name: string, args: readonly string[], owner = USER): Container {
    const data = join(scratch.path, `${name}.data`);
    mkdirSync(data);
    chownSync(data, owner, owner);
    const container = new Container({
      scratch: scratch.path,
      name: `trellis-image-${process.pid}-${name}`,
      rootfs,
      config,
      args,
      volumes: { "/var/lib/trellis": data },
      memoryBytes: MEMORY_MIB * MIB,
    });
    containers.push(container);
    return container;
  }

  const NODE = ["node", "--network=local", "--validators=0", "--mdns=false", "--bootstrap=none", "--json"];
  const PORTS = ["--listen=127.0.0.1:0", "--rpc-port=0", "--http-port=0"];

  it("says which commit it is, and how to stop and to ask it", async () => {
    expect(config.Labels["org.opencontainers.image.revision"]).toBe(await builder.revision());
    expect(config).toMatchObject({
      User: `${USER}:${USER}`,
      StopSignal: "SIGTERM",
      Volumes: { "/var/lib/trellis": {} },
      Healthcheck: { Test: ["CMD", "/usr/local/bin/trellis", "health"] },
    });
  });

  it("contains the packages of production, and no shell, tests or development packages", async () => {
    expect(["bin/sh", "usr/bin/sh", "bin/bash"].filter((path) => existsSync(join(rootfs, path)))).toEqual([]);
    const trellis = join(rootfs, "opt/trellis");
    const tests = glob(["{packages,apps}/*/src/**/*.test.ts", "{packages,apps}/*/src/**/testing"], {
      cwd: trellis,
    });
    expect(await Array.fromAsync(tests)).toEqual([]);
    const packages = readdirSync(join(trellis, "node_modules"));
    expect(packages).toContain("lmdb");
    for (const name of ["vitest", "typescript", "vite", "solc", "hardhat", "esbuild", "assemblyscript"])
      expect(packages).not.toContain(name);
  });

  it("serves as an ordinary user on a read-only root, and stops under load within the grace period", async () => {
    const miner = ["--miner=0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "--block-time=200ms"];
    const startedMs = performance.now();
    const container = start("node", [...NODE, ...PORTS, ...miner]);
    const { rpc, http } = JSON.parse(await container.firstLine);
    console.log(`image: serves after ${Math.round(performance.now() - startedMs)} ms`);

    const [, ...check] = config.Healthcheck.Test;
    expect(await container.exec(check, { TRELLIS_URL: http })).toBe("healthy\n");
    const unreachable = container.exec(check, { TRELLIS_URL: "http://127.0.0.1:1" });
    await expect(unreachable).rejects.toThrow("UPSTREAM_UNREACHABLE");

    const hash = await walletOf(rpc, accountOf(0)).sendTransaction({ to: accountOf(1).address, value: 1n });
    const receipt = await publicClientOf(rpc).waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");

    const status = await container.exec(["/usr/local/bin/node", "-p", STATUS]);
    const { uid, heapMib, canWrite, capabilities } = JSON.parse(status);
    expect({ uid, canWrite, capabilities }).toEqual({ uid: USER, canWrite: false, capabilities: "0" });
    // V8's share; the rest is for worker threads, buffers and the store.
    expect(heapMib).toBeGreaterThan(MEMORY_MIB * 0.4);
    expect(heapMib).toBeLessThan(MEMORY_MIB * 0.7);

    let isLoaded = true;
    let answered = 0;
    const clients = Array.from({ length: CLIENTS }, async () => {
      const body = JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "eth_getBlockByNumber",
        params: ["latest", true],
      });
      const headers = { "content-type": "application/json" };
      while (isLoaded) {
        const response = await fetch(rpc, { method: "POST", headers, body }).catch(() => undefined);
        if (response === undefined) return;
        await response.text();
        answered += 1;
      }
    });
    await expect.poll(() => answered).toBeGreaterThan(CLIENTS * 10);
    const stopMs = performance.now();
    await container.signal(config.StopSignal);
    const exitCode = await container.ended;
    const tookMs = performance.now() - stopMs;
    isLoaded = false;
    await Promise.all(clients);
    console.log(`image: stops after ${Math.round(tookMs)} ms`);
    expect(exitCode, container.log).toBe(0);
    expect(tookMs).toBeLessThan(GRACE_MS);
  });

  it("a volume of another user: one line, and exit code 1", async () => {
    const container = start("foreign", [...NODE, ...PORTS], 0);
    expect(await container.ended).toBe(1);
    const lines = container.log.split("\n").filter((line) => line.includes('"event":"error"'));
    expect(
      lines.map((line) => JSON.parse(line)),
      container.log,
    ).toMatchObject([
      { code: "STORE_UNAVAILABLE", message: expect.stringMatching(/\/var\/lib\/trellis.*EACCES/) },
    ]);
  });

  it("its size", async () => {
    const size = await runProgram(["du", "-sm", rootfs]);
    console.log(`image: ${size.split("\t")[0]} MB, unpacked`);
    expect(Number(size.split("\t")[0])).toBeLessThan(400);
    expect(readFileSync(join(rootfs, "opt/trellis/LICENSE"), "utf8")).toContain("Apache License");
  });
});

const STATUS = `JSON.stringify({
  uid: process.getuid(),
  heapMib: v8.getHeapStatistics().heap_size_limit / ${MIB},
  canWrite: ["/opt/trellis/x", "/x", "/usr/x"].some((file) => {
    try { fs.writeFileSync(file, ""); return true } catch { return false }
  }),
  capabilities: BigInt("0x" + /^CapBnd:\\s*(\\w+)/m.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]).toString(),
})`;
