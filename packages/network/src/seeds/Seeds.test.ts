import { type Log, silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { beforeEach, expect, it } from "vitest";
import { seededBytes } from "../sync/testing/seededBytes.ts";
import { SEED_LIMITS } from "./limits.ts";
import { Seeds } from "./Seeds.ts";

const SEED = "/dnsaddr/seeds";

let time: VirtualTime;
let logged: string[];
let lookups: Record<string, number>;
let asked: number;
let answer: () => Promise<readonly string[]>;
let isLacking: boolean;

beforeEach(() => {
  time = new VirtualTime();
  logged = [];
  lookups = {};
  asked = 0;
  answer = async () => ["dnsaddr=/one", "dnsaddr=/two"];
  isLacking = false;
});

function open(bootstrap: readonly string[] = [SEED, "/plain"]): Seeds {
  const note = (event: string) => void logged.push(event);
  const log: Log = { ...silentLog, warn: note, info: note };
  const lookUp = () => {
    asked++;
    return answer();
  };
  const counter = (_metric: unknown) => ({
    add: (count: number, labels?: object) => {
      const { outcome } = labels as { outcome: string };
      lookups[outcome] = (lookups[outcome] ?? 0) + count;
    },
  });
  const seeds = new Seeds(
    {
      bootstrap,
      accept: (address) => (address === "/refused" ? undefined : address),
      isOwn: (address) => address === "/own",
      isLacking: () => isLacking,
      changed: () => {},
    },
    {
      clock: time,
      scheduler: time,
      random: seededBytes("seeds"),
      log,
      metrics: { ...silentMetrics, counter },
      resolver: { addresses: lookUp, texts: lookUp, cancel: () => {} },
    },
  );
  seeds.start();
  return seeds;
}

it("LINK-20: resolves names at an interval, and sooner while peers are missing", async () => {
  const seeds = open();
  expect(seeds.plain()).toEqual(["/plain"]);
  await time.run(1_000);
  expect(seeds.resolved().toSorted()).toEqual(["/one", "/two"]);
  expect(asked).toBe(1);
  await time.run(SEED_LIMITS.refreshMs / 2 - 2_000);
  expect(asked).toBe(1);
  answer = async () => ["dnsaddr=/three"];
  await time.run(SEED_LIMITS.refreshMs + SEED_LIMITS.tickMs);
  expect(asked).toBe(2);
  expect(seeds.resolved()).toEqual(["/three"]);
  isLacking = true;
  await time.run(10 * SEED_LIMITS.lackingMs);
  expect(asked).toBeGreaterThan(7);
  expect(lookups).toEqual({ resolved: asked, failed: 0 });
  expect(logged).toEqual([]);
});

it("LINK-20: keeps the last answer while lookups fail, logs once, and recovers", async () => {
  const seeds = open();
  await time.run(1_000);
  answer = async () => {
    throw new Error("SERVFAIL");
  };
  seeds.change([SEED]);
  await time.run(300_000);
  expect(seeds.resolved()).toHaveLength(2);
  expect(logged).toEqual(["seed.failed"]);
  // 2 seconds, doubling to a minute.
  expect(lookups.failed).toBeGreaterThan(6);
  expect(lookups.failed).toBeLessThan(15);
  answer = async () => ["dnsaddr=/later"];
  await time.run(2 * SEED_LIMITS.retryMsMax);
  expect(seeds.resolved()).toEqual(["/later"]);
  expect(logged).toEqual(["seed.failed", "seed.recovered"]);
});

it("LINK-20: a silent resolver is a failure after lookupMs, and an answer without addresses too", async () => {
  answer = () => new Promise(() => {});
  const seeds = open([SEED]);
  await time.run(SEED_LIMITS.lookupMs - 1);
  expect(lookups.failed).toBe(0);
  await time.run(1);
  expect(lookups.failed).toBe(1);
  expect(seeds.isUnresolved()).toBe(true);
  answer = async () => [];
  await time.run(60_000);
  expect(lookups.failed).toBeGreaterThan(2);
  expect(lookups.resolved).toBe(0);
});

it("LINK-20: own addresses are left out, refused ones logged once, and excess ones not dialled", async () => {
  answer = async () => ["dnsaddr=/own", "dnsaddr=/refused"];
  const seeds = open([SEED]);
  await time.run(2 * SEED_LIMITS.refreshMs);
  expect(seeds.resolved()).toEqual([]);
  expect(logged).toEqual(["seed.refused"]);
  expect(lookups.failed).toBe(0);
  answer = async () =>
    Array.from({ length: SEED_LIMITS.recordsMax }, (_record, index) => `dnsaddr=/${asked}/${index}`);
  const names = ["/dnsaddr/a", "/dnsaddr/b", "/dnsaddr/c"];
  seeds.change(names.slice(0, 1));
  await time.run(10_000);
  expect(seeds.resolved()).toHaveLength(SEED_LIMITS.addressesPerSeedMax);
  seeds.change(names);
  await time.run(10_000);
  expect(seeds.resolved()).toHaveLength(SEED_LIMITS.addressesMax);
  const shares = Map.groupBy(seeds.resolved(), (address) => address.split("/")[1]);
  expect([...shares.values()].map(({ length }) => length)).toEqual([22, 21, 21]);
});

it("LINK-20: names that the operator removes are forgotten, and a stopped node asks no more", async () => {
  const seeds = open();
  await time.run(1_000);
  seeds.change(["/plain"]);
  expect(seeds.resolved()).toEqual([]);
  seeds.change([SEED]);
  seeds.stop();
  const before = asked;
  await time.run(SEED_LIMITS.refreshMs);
  expect(asked).toBe(before);
});
