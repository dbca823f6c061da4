import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import { parseReservesPlan } from "@trellis/reserves/readings";
import { afterAll, expect, it } from "vitest";
import type { ServiceIo } from "../../cli/VerbIo.ts";
import { CUSTOMER_COUNT, customerName, DEMO_ASSETS, depositOf, reserveOf, totalOf } from "./demoCustodian.ts";
import { demoPlan } from "./demoPlan.ts";
import { beginDemo, forgetDemo } from "./openDemo.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-demo-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const io = {
  lifecycle: { start: async (_: string, open: () => unknown) => open() },
  log: silentLog,
} as unknown as ServiceIo;

it("DEMO_ENDED: a service that ends before it serves, and it says that it is not there", async () => {
  const file = join(folder, "fails.mjs");
  writeFileSync(file, "process.exit(3)");
  const place = { dataDir: join(folder, "demo"), rpc: "http://127.0.0.1:1", chainId: 31_337 };
  const options = { ...place, hasReserves: true, market: "paper", tradeTime: 1_000, operations: [] } as const;
  const demo = await beginDemo(options, io, file);
  await expect(demo.ready()).rejects.toThrowError(
    expect.objectContaining({ code: "DEMO_ENDED", facts: { reason: "exit 3" } }),
  );
  expect([demo.url(), demo.failure()]).toEqual([undefined, "it ended with 3"]);
});

it("what is forgotten is a demo's and nothing else", () => {
  const place = join(folder, "other");
  mkdirSync(place);
  writeFileSync(join(place, "file"), "");
  forgetDemo(place);
  expect(existsSync(place)).toBe(true);
  writeFileSync(join(place, "services.json"), "{}");
  forgetDemo(place);
  expect(existsSync(place)).toBe(false);
});

it("reserves cover what is owed after every haircut, and the plan can be followed", () => {
  for (const [asset, { haircutBasisPoints }] of DEMO_ASSETS.entries())
    expect(reserveOf(asset) * BigInt(10_000 - haircutBasisPoints)).toBeGreaterThanOrEqual(
      totalOf(asset) * 10_000n,
    );
  expect(depositOf(0, 0)).not.toBe(depositOf(1, 0));
  expect(customerName(CUSTOMER_COUNT - 1)).toBe("customer-1000");
  const plan = parseReservesPlan(JSON.stringify(demoPlan(31_337, "http://127.0.0.1:1")));
  expect(new Set(plan.assets.map(({ counted }) => counted[0]!.token)).size).toBe(DEMO_ASSETS.length);
});
