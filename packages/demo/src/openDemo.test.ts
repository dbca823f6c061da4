import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import type { ServiceIo } from "@trellis/platform/service";
import { parseReservesPlan } from "@trellis/reserves/readings";
import { afterAll, expect, it, vi } from "vitest";
import { CUSTOMER_COUNT, customerName, DEMO_ASSETS, depositOf, reserveOf, totalOf } from "./demoCustodian.ts";
import { demoPlan } from "./demoPlan.ts";
import { beginDemo, forgetDemo } from "./openDemo.ts";
import { standByDemo } from "./standByDemo.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-demo-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const WAIT = { timeout: 60_000, interval: 10 };
const io = {
  environment: process.env,
  lifecycle: { start: async (_: string, open: () => unknown) => open() },
  log: silentLog,
} as unknown as ServiceIo;

const place = { rpc: "http://127.0.0.1:1", chainId: 31_337, tradeTime: 1_000, operations: [] } as const;

it("SERVICE_FAILED: a service that exits before it is ready, and the demo reports its absence", async () => {
  const file = join(folder, "fails.mjs");
  writeFileSync(file, "process.exit(3)");
  const options = { ...place, dataDir: join(folder, "demo"), hasReserves: true, market: "paper" } as const;
  const demo = await beginDemo(options, { file }, io);
  await expect(demo.ready()).rejects.toThrowError(
    expect.objectContaining({
      code: "SERVICE_FAILED",
      facts: { phase: "start", service: "demo custodian", reason: "exit 3" },
    }),
  );
  expect([demo.url(), demo.failure()]).toEqual([undefined, "it exited with 3"]);
});

it("uses the mode of the process, which reads the database of an earlier start", async () => {
  const dataDir = join(folder, "kept");
  mkdirSync(join(dataDir, "db"), { recursive: true });
  const file = join(folder, "live.mjs");
  writeFileSync(
    file,
    "console.log(JSON.stringify({ url: null, isLive: true })); process.on('message', () => {});",
  );
  const options = { ...place, dataDir, hasReserves: false, market: "paper" } as const;
  const demo = await beginDemo(options, { file }, io);
  expect(demo.isLive()).toBe(false);
  expect(await demo.ready()).toBeUndefined();
  expect(demo.isLive()).toBe(true);
});

it("a process on standby gets the arguments; one that has ended is replaced", async () => {
  const file = join(folder, "standby.mjs");
  writeFileSync(
    file,
    `const [first, ...parts] = process.argv.slice(2);
    const answer = (argv) => {
      console.log(JSON.stringify({ url: null, isLive: false }));
      process.send({ arbitrageUrl: JSON.stringify([parts, argv]) });
    };
    if (first === "--standby") process.once("message", ({ args }) => answer(args));
    else answer("own");
    process.on("disconnect", () => process.exit(0));`,
  );
  const options = {
    ...place,
    dataDir: join(folder, "standby"),
    hasReserves: false,
    market: "paper",
  } as const;
  const told = async (standby: ChildProcess) => {
    const demo = await beginDemo(options, { file, standby }, io);
    return JSON.parse((await vi.waitUntil(() => demo.arbitrageUrl(), WAIT))!);
  };
  const services = `--services=${join(options.dataDir, "services.json")}`;
  expect(await told(standByDemo(file, ["market"], io))).toEqual([["market"], [services]]);
  const ended = standByDemo(file, ["market"], io);
  ended.kill();
  await once(ended, "close");
  expect(await told(ended)).toEqual([[], "own"]);
});

it("restarts services that exit after they were ready", async () => {
  const file = join(folder, "ends.mjs");
  writeFileSync(
    file,
    `import { existsSync } from "node:fs";
    console.log(JSON.stringify({ url: null }));
    process.send({ arbitrageUrl: String(process.pid) });
    setInterval(() => existsSync(${JSON.stringify(folder)} + "/" + process.pid) && process.exit(4), 10);
    process.once("disconnect", () => process.exit(0));`,
  );
  const options = { ...place, dataDir: join(folder, "again"), hasReserves: false, market: "paper" } as const;
  let close = async (): Promise<void> => {};
  const lifecycle = {
    async start<T>(name: string, open: () => T, end: (opened: T) => Promise<void>) {
      const opened = open();
      if (name === "demo services") close = () => end(opened);
      return opened;
    },
  };
  const demo = await beginDemo(options, { file, restartMs: 10 }, {
    ...io,
    lifecycle,
  } as unknown as ServiceIo);
  const first = await vi.waitUntil(() => demo.arbitrageUrl(), WAIT);
  writeFileSync(join(folder, first), "");
  const second = await vi.waitUntil(() => {
    const now = demo.arbitrageUrl();
    return now !== first && now;
  }, WAIT);
  expect(Number(second)).toBeGreaterThan(0);
  await vi.waitUntil(() => demo.failure() === undefined, WAIT);
  await close();
  expect(demo.arbitrageUrl()).toBeUndefined();
});

it("deletes only data of the demo", () => {
  const other = join(folder, "other");
  mkdirSync(other);
  writeFileSync(join(other, "file"), "");
  forgetDemo(other);
  expect(existsSync(other)).toBe(true);
  writeFileSync(join(other, "services.json"), "{}");
  forgetDemo(other);
  expect(existsSync(other)).toBe(false);
});

it("reserves cover the liabilities after every haircut, and the plan is feasible", () => {
  for (const [asset, { haircutBasisPoints }] of DEMO_ASSETS.entries())
    expect(reserveOf(asset) * BigInt(10_000 - haircutBasisPoints)).toBeGreaterThanOrEqual(
      totalOf(asset) * 10_000n,
    );
  expect(depositOf(0, 0)).not.toBe(depositOf(1, 0));
  expect(customerName(CUSTOMER_COUNT - 1)).toBe("customer-1000");
  const plan = parseReservesPlan(JSON.stringify(demoPlan(31_337, "http://127.0.0.1:1")));
  expect(new Set(plan.assets.map(({ counted }) => counted[0]!.token)).size).toBe(DEMO_ASSETS.length);
});
