import { silentMetrics } from "@trellis/base";
import { createGuard } from "@trellis/resilience";
import { beforeEach, describe, expect, it } from "vitest";
import { TestTime } from "../http/testing/TestTime.ts";
import { createPrometheusMetrics } from "../metrics/index.ts";
import { createEnvelope } from "../secrets/index.ts";
import { systemRandom } from "../system/index.ts";
import {
  type Cache,
  cacheErrors,
  createMemoryCache,
  createReadThrough,
  createSealedCache,
  type ReadThrough,
} from "./index.ts";

const LIFETIME_MS = 60_000;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const time = new TestTime();
let far: Cache;
let isGone: boolean;
let made: string[];
let metrics: ReturnType<typeof createPrometheusMetrics>;
beforeEach(() => {
  const shared = createMemoryCache({ bytesMax: 1 << 20 }, { clock: time });
  isGone = false;
  made = [];
  metrics = createPrometheusMetrics({ process: false });
  const there = <T>(answer: () => Promise<T>): Promise<T> =>
    isGone ? Promise.reject(cacheErrors.CACHE_UNAVAILABLE()) : answer();
  far = {
    get: (key) => there(() => shared.get(key)),
    set: (...entry) => there(() => shared.set(...entry)),
    delete: (key) => there(() => shared.delete(key)),
    deletePrefix: (prefix) => there(() => shared.deletePrefix(prefix)),
  };
});

function openProcess(): ReadThrough {
  const near = createMemoryCache({ bytesMax: 1 << 20 }, { clock: time });
  const guard = createGuard({ name: "far", timeoutMs: 1_000, retriesMax: 0 }, { metrics: silentMetrics });
  return createReadThrough(
    { name: "things", lifetimeMs: LIFETIME_MS },
    { near, far: { cache: far, guard }, metrics },
  );
}

function making(value: string): () => Promise<Uint8Array> {
  return async () => {
    made.push(value);
    return bytes(value);
  };
}

async function outcomes(): Promise<Record<string, number>> {
  const lines = (await metrics.render()).matchAll(/^trellis_cache_reads_total\{.*outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]));
}

describe("read-through cache", () => {
  it("computes a value once for all processes, and counts reads", async () => {
    const [one, other] = [openProcess(), openProcess()];
    for (const reader of [one, one, other, other])
      expect(await reader.read("a/1", making("x"))).toEqual(bytes("x"));
    expect(made).toEqual(["x"]);
    expect(await outcomes()).toEqual({ miss: 1, near: 2, far: 1 });
    time.move(LIFETIME_MS);
    await one.read("a/1", making("y"));
    expect(made).toEqual(["x", "y"]);
  });

  it("does not store failures", async () => {
    const reader = openProcess();
    const failing = reader.read("a/1", () => Promise.reject(new RangeError("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await reader.read("a/1", making("x"))).toEqual(bytes("x"));
  });

  it("CACHE_UNAVAILABLE: without the shared cache computes everything, and reports incomplete invalidation", async () => {
    const reader = openProcess();
    isGone = true;
    await reader.read("a/1", making("x"));
    await reader.read("a/1", making("y"));
    expect(made).toEqual(["x"]);
    await expect(reader.forget("a/")).rejects.toMatchObject({ code: "CACHE_UNAVAILABLE" });
    await reader.read("a/1", making("z"));
    expect(made).toEqual(["x", "z"]);
  });

  it("invalidates exactly the given keys; notified processes invalidate them too", async () => {
    const [one, other] = [openProcess(), openProcess()];
    for (const key of ["a/1", "a/2", "b/1"]) {
      await one.read(key, making(key));
      await other.read(key, making(key));
    }
    await one.forget("a/");
    await other.forget("a/");
    made = [];
    for (const key of ["a/1", "a/2", "b/1"]) await other.read(key, making(key));
    expect(made).toEqual(["a/1", "a/2"]);
  });

  it("does not store a value computed during its invalidation", async () => {
    const reader = openProcess();
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const reading = reader.read("a/1", () => promise);
    await reader.forget("a/");
    resolve(bytes("old"));
    expect(await reading).toEqual(bytes("old"));
    expect(await reader.read("a/1", making("new"))).toEqual(bytes("new"));
    expect(await far.get("a/1")).toEqual(bytes("new"));
  });
});

describe("sealed cache", () => {
  it("is unreadable in storage, and treats forged entries as absent", async () => {
    const envelope = createEnvelope([new Uint8Array(32).fill(7)], systemRandom);
    const sealed = createSealedCache(far, envelope);
    await sealed.set("a/1", bytes("a balance"), LIFETIME_MS);
    expect(await sealed.get("a/1")).toEqual(bytes("a balance"));
    const lies = (await far.get("a/1"))!;
    expect(Buffer.from(lies).includes("balance")).toBe(false);
    await far.set("a/2", lies, LIFETIME_MS);
    expect(await sealed.get("a/2")).toBeUndefined();
    await far.set("a/1", lies.with(60, lies[60]! ^ 1), LIFETIME_MS);
    expect(await sealed.get("a/1")).toBeUndefined();
    await far.set("a/1", bytes(""), LIFETIME_MS);
    expect(await sealed.get("a/1")).toBeUndefined();
    const stranger = createSealedCache(far, createEnvelope([new Uint8Array(32)], systemRandom));
    await far.set("a/1", lies, LIFETIME_MS);
    expect(await stranger.get("a/1")).toBeUndefined();
  });
});
