import { silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { Address, OfferedTemplate, TemplateWatcher } from "@trellis/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import { createWorkVerifier, type WorkVerifier } from "../verification/createWorkVerifier.ts";
import { createTemplateService, type TemplateService } from "./createTemplateService.ts";
import { FakeBuilder, HEAVY_STREAM } from "./testing/FakeBuilder.ts";

const heavy = createPowAlgorithm({ algorithm: "heavy", memoryKiB: 0, passes: 0 });
const addressOf = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;
const request = { stream: HEAVY_STREAM, miner: addressOf(1) };
const CALLER = "192.0.2.1";

const watcherOf = (notify: TemplateWatcher["notify"] = () => {}, end = () => {}): TemplateWatcher => ({
  notify,
  end,
});

let time: VirtualTime;
let builder: FakeBuilder;
let service: TemplateService;
let isReady: boolean;
let verifier: WorkVerifier;

beforeEach(() => {
  time = new VirtualTime(1_000_000);
  builder = new FakeBuilder((ms) => time.wait(ms));
  isReady = true;
  verifier = createWorkVerifier({ workers: 0 });
  service = createTemplateService({
    builder,
    chain: builder.chain,
    verifier,
    isReady: () => isReady,
    clock: time,
    scheduler: time,
    log: silentLog,
    metrics: silentMetrics,
  });
});

afterEach(async () => {
  const stopping = service.stop();
  await time.run(1_000);
  await stopping;
});

async function offered(asked = request, caller = CALLER): Promise<OfferedTemplate> {
  const answer = service.template(asked, caller);
  answer.catch(() => {});
  await time.run(100);
  return answer;
}

function nonceOf({ template }: OfferedTemplate, isGood: boolean, from = 0n): bigint {
  let nonce = from;
  while (heavy.hash(template.sealRoot, nonce) <= template.target !== isGood) nonce++;
  return nonce;
}

describe("templates [MINE-2]", () => {
  it("are shared by callers with the same stream and address", async () => {
    const first = await offered();
    expect(await offered(request, "192.0.2.2")).toBe(first);
    expect((await offered({ ...request, miner: addressOf(2) })).id).not.toBe(first.id);
    expect(builder.requests).toHaveLength(2);
  });

  it("follow each change of the DAG, and take new transactions after a second", async () => {
    const seen: string[] = [];
    const stop = service.watch(
      request,
      CALLER,
      watcherOf(({ id }) => seen.push(id)),
    );
    await time.run(100);
    expect(seen).toHaveLength(1);
    builder.addBlock();
    await time.run(100);
    expect(seen).toHaveLength(2);
    builder.outdate!();
    await time.run(100);
    expect(seen).toHaveLength(3);
    await time.run(1_300);
    expect(seen).toHaveLength(4);
    stop();
    await time.run(5_000);
    expect(seen).toHaveLength(4);
  });

  it("take at most a quarter of the time to build", async () => {
    builder.buildMs = 100;
    service.watch(
      request,
      CALLER,
      watcherOf(() => builder.addBlock()),
    );
    const flood = setInterval(() => builder.addBlock(), 0);
    await time.run(10_000);
    clearInterval(flood);
    expect(builder.requests.length).toBeGreaterThan(20);
    expect(builder.requests.length).toBeLessThanOrEqual(26);
  });

  it("a caller that asks faster than templates can be built gets the newest", async () => {
    builder.buildMs = 50;
    const first = await offered();
    builder.addBlock();
    expect(await service.template(request, CALLER)).toBe(first);
  });

  it("the newest is not older than five seconds", async () => {
    builder.buildMs = 2_000;
    const asking = service.template(request, CALLER);
    await time.run(2_000);
    const first = await asking;
    builder.addBlock();
    expect(await service.template(request, CALLER)).toBe(first);
    await time.run(4_000);
    const later = service.template(request, CALLER);
    await time.run(5_000);
    expect((await later).id).not.toBe(first.id);
  });

  it("a reorganization replaces them", async () => {
    const seen: string[] = [];
    service.watch(
      request,
      CALLER,
      watcherOf(({ id }) => seen.push(id)),
    );
    await time.run(100);
    builder.emit("removed");
    await time.run(100);
    expect(new Set(seen).size).toBe(2);
  });

  it("MINING_UNAVAILABLE: a waiting caller learns that the node lost its peers", async () => {
    await offered({ ...request, miner: addressOf(2) });
    builder.buildMs = 500;
    const building = service.template(request, CALLER);
    await time.run(10);
    const waiting = service.template({ ...request, miner: addressOf(3) }, CALLER);
    isReady = false;
    const refused = expect(waiting).rejects.toMatchObject({ code: "MINING_UNAVAILABLE" });
    await time.run(2_000);
    await refused;
    expect(await building).toBeDefined();
  });

  it("forgets requests that nobody uses", async () => {
    await offered();
    expect(builder.isFollowed).toBe(true);
    await time.run(40_000);
    expect(builder.isFollowed).toBe(false);
    expect(builder.requests).toHaveLength(1);
  });

  it("a failure of the builder reaches the caller, and templates continue after a second", async () => {
    builder.failure = new RangeError("lost");
    const seen: string[] = [];
    service.watch(
      request,
      CALLER,
      watcherOf(({ id }) => seen.push(id)),
    );
    await expect(offered()).rejects.toThrow("lost");
    builder.failure = undefined;
    await time.run(2_500);
    expect(seen.length).toBeGreaterThan(0);
  });

  it("MINING_UNAVAILABLE while the node syncs, and after it stopped", async () => {
    isReady = false;
    await expect(service.template(request, CALLER)).rejects.toMatchObject({ code: "MINING_UNAVAILABLE" });
    isReady = true;
    await offered();
    await service.stop();
    await expect(service.template(request, CALLER)).rejects.toMatchObject({ code: "MINING_UNAVAILABLE" });
  });

  it("MINING_LIMITED: too many reward addresses, of one caller and of all", async () => {
    for (let index = 0; index < 8; index++) await offered({ ...request, miner: addressOf(index) });
    await expect(offered({ ...request, miner: addressOf(8) })).rejects.toMatchObject({
      code: "MINING_LIMITED",
      facts: { max: 8 },
    });
    await time.run(40_000);
    const watch = (index: number, caller: string) =>
      service.watch({ ...request, miner: addressOf(index) }, caller, watcherOf());
    for (let index = 0; index < 64; index++) watch(index, `192.0.2.${index}`);
    expect(() => watch(64, "192.0.2.99")).toThrow(
      expect.objectContaining({ code: "MINING_LIMITED", facts: expect.objectContaining({ max: 64 }) }),
    );
  });

  it("when all places are taken, the address with most loses the one without valid work", async () => {
    const ended: number[] = [];
    const watch = (index: number, caller: string) =>
      service.watch(
        { ...request, miner: addressOf(index) },
        caller,
        watcherOf(
          () => {},
          () => ended.push(index),
        ),
      );
    for (let index = 0; index < 64; index++) watch(index, `192.0.2.${index >> 3}`);
    await time.run(10_000);
    for (let index = 0; index < 8; index++) {
      if (index === 5) continue;
      const template = await service.template({ ...request, miner: addressOf(index) }, "192.0.2.0");
      await service.submit(template.id, nonceOf(template, true), "192.0.2.0");
    }
    watch(64, "192.0.2.99");
    expect(ended).toEqual([5]);
    // Nobody has more than one more than these.
    for (let index = 65; index < 71; index++) watch(index, "192.0.2.99");
    expect(ended).toHaveLength(7);
    expect(() => watch(71, "192.0.2.99")).toThrow(expect.objectContaining({ code: "MINING_LIMITED" }));
    // A place of eight was lost by each address.
    expect(new Set(ended.map((index) => index >> 3)).size).toBe(7);
  });

  it("64 addresses with one place each lose those without valid work after a minute", async () => {
    const ended: number[] = [];
    const watch = (index: number) =>
      service.watch(
        { ...request, miner: addressOf(index) },
        `192.0.2.${index}`,
        watcherOf(
          () => {},
          () => ended.push(index),
        ),
      );
    const prove = async (index: number) => {
      const template = await offered({ ...request, miner: addressOf(index) }, `192.0.2.${index}`);
      await service.submit(template.id, nonceOf(template, true), `192.0.2.${index}`);
    };
    for (let index = 0; index < 64; index++) watch(index);
    await prove(0);
    const refused = expect.objectContaining({
      code: "MINING_LIMITED",
      facts: expect.objectContaining({ max: 64 }),
    });
    await time.run(59_000);
    expect(() => watch(64)).toThrow(refused);
    await time.run(1_000);
    for (let index = 64; index < 127; index++) watch(index);
    expect(ended).toEqual(Array.from({ length: 63 }, (_, index) => index + 1));
    expect(() => watch(127)).toThrow(refused);
    // Recent valid work keeps its place, and loses it after ten minutes without any.
    for (let index = 64; index < 127; index++) await prove(index);
    // A node that is not ready builds no templates.
    isReady = false;
    await time.run(530_000);
    isReady = true;
    expect(() => watch(127)).toThrow(refused);
    await time.run(15_000);
    watch(127);
    expect(ended.at(-1)).toBe(0);
    expect(() => watch(128)).toThrow(refused);
  });

  it("recent valid work keeps the places of an address that has most", async () => {
    const watch = (index: number, caller: string) =>
      service.watch({ ...request, miner: addressOf(index) }, caller, watcherOf());
    for (let index = 0; index < 64; index++) watch(index, index < 8 ? CALLER : `192.0.2.${index}`);
    await time.run(2_000);
    for (let index = 0; index < 8; index++) {
      const template = await offered({ ...request, miner: addressOf(index) });
      await service.submit(template.id, nonceOf(template, true), CALLER);
    }
    expect(() => watch(64, "192.0.2.99")).toThrow(expect.objectContaining({ code: "MINING_LIMITED" }));
  });
});

describe("submissions [MINE-4]", () => {
  it("sufficient work is imported", async () => {
    const template = await offered();
    const nonce = nonceOf(template, true);
    expect(await service.submit(template.id, nonce, CALLER)).toMatch(/^0x[0-9a-f]{64}$/);
    expect(builder.imported).toEqual([{ miner: request.miner, nonce }]);
  });

  it("WORK_INSUFFICIENT: a wrong nonce is never imported", async () => {
    const template = await offered();
    const nonce = nonceOf(template, false);
    await expect(service.submit(template.id, nonce, CALLER)).rejects.toMatchObject({
      code: "WORK_INSUFFICIENT",
      facts: { nonce },
    });
    expect(builder.imported).toEqual([]);
  });

  it("WORK_DUPLICATE, also of concurrent calls", async () => {
    const template = await offered();
    const nonce = nonceOf(template, true);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => service.submit(template.id, nonce, CALLER)),
    );
    expect(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "ok"))).toEqual([
      "ok",
      "WORK_DUPLICATE",
      "WORK_DUPLICATE",
    ]);
    expect(builder.imported).toHaveLength(1);
  });

  it("TEMPLATE_UNKNOWN: expired, and foreign", async () => {
    const template = await offered();
    const nonce = nonceOf(template, true);
    await expect(service.submit(`0x${"ab".repeat(32)}`, nonce, CALLER)).rejects.toMatchObject({
      code: "TEMPLATE_UNKNOWN",
    });
    builder.addBlock();
    await offered();
    await time.run(29_000);
    const late = nonceOf(template, true, nonce + 1n);
    expect(await service.submit(template.id, nonce, CALLER)).toBeDefined();
    await time.run(1_000);
    await expect(service.submit(template.id, late, CALLER)).rejects.toMatchObject({
      code: "TEMPLATE_UNKNOWN",
    });
  });

  it("MINING_LIMITED: wrong nonces exhaust only the caller's budget, which refills [MINE-5]", async () => {
    const template = await offered();
    const bad = nonceOf(template, false);
    const codes = new Set<string>();
    let tries = 0;
    while (!codes.has("MINING_LIMITED") && tries++ < 20_000)
      await service.submit(template.id, bad, CALLER).catch(({ code }) => codes.add(code));
    expect([...codes]).toEqual(["WORK_INSUFFICIENT", "MINING_LIMITED"]);
    // Half a second of processor time at 174 µs.
    expect(tries).toBe(2_874);
    const good = nonceOf(template, true);
    await expect(service.submit(template.id, good, CALLER)).rejects.toMatchObject({ code: "MINING_LIMITED" });
    expect(await service.submit(template.id, good, "192.0.2.2")).toBeDefined();
    await time.run(1_000);
    expect(await service.submit(template.id, nonceOf(template, true, good + 1n), CALLER)).toBeDefined();
  });

  it("MINING_BUSY: strangers without valid work share a budget, which leaves others theirs [MINE-5]", async () => {
    const template = await offered();
    const [bad, good] = [nonceOf(template, false), nonceOf(template, true)];
    await service.submit(template.id, good, "2001:db8::/64");
    const triesUntilLimited = async (callerOf: (tries: number) => string) => {
      const codes = new Set<string>();
      let tries = 0;
      while (!codes.has("MINING_LIMITED") && !codes.has("MINING_BUSY") && tries < 100_000)
        await service.submit(template.id, bad, callerOf(tries++)).catch(({ code }) => codes.add(code));
      return tries;
    };
    const own = await triesUntilLimited(() => "192.0.2.2");
    await time.run(10_000);
    const halfOwn = Math.floor(own / 2);
    const shared = await triesUntilLimited((tries) => `2001:db8:1:${Math.floor(tries / halfOwn)}::/64`);
    // Two seconds, where each has half a second.
    expect(Math.abs(shared - 4 * own)).toBeLessThan(10);
    const better = nonceOf(template, true, good + 1n);
    await expect(service.submit(template.id, better, "2001:db8:2::/64")).rejects.toMatchObject({
      code: "MINING_BUSY",
      facts: { retryAfterS: 1 },
    });
    expect(await service.submit(template.id, better, "2001:db8::/64")).toBeDefined();
    // With a key, or on this machine.
    const known = nonceOf(template, true, better + 1n);
    expect(await service.submit(template.id, known, "2001:db8:3::/64", true)).toBeDefined();
    await time.run(1_000);
    const next = nonceOf(template, true, known + 1n);
    expect(await service.submit(template.id, next, "2001:db8:2::/64")).toBeDefined();
  });

  it("MINING_BUSY: valid work counts for ten minutes [MINE-5]", async () => {
    const first = await offered();
    for (const caller of ["192.0.2.1", "192.0.2.2"])
      await service.submit(first.id, nonceOf(first, true, BigInt(`${caller.at(-1)}000`)), caller);
    await time.run(300_000);
    const second = await offered();
    await service.submit(second.id, nonceOf(second, true), "192.0.2.2");
    await time.run(300_000);
    const template = await offered();
    const bad = nonceOf(template, false);
    const codes = new Set<string>();
    for (let tries = 0; !codes.has("MINING_BUSY") && tries < 100_000; tries++) {
      const caller = `2001:db8:1:${Math.floor(tries / 1_000)}::/64`;
      await service.submit(template.id, bad, caller).catch(({ code }) => codes.add(code));
    }
    const good = nonceOf(template, true);
    await expect(service.submit(template.id, good, "192.0.2.1")).rejects.toMatchObject({
      code: "MINING_BUSY",
    });
    expect(await service.submit(template.id, good, "192.0.2.2")).toBeDefined();
  });

  it("valid work is never limited", async () => {
    builder.hashesPerBlock = 1n;
    const template = await offered();
    for (let nonce = 0n; nonce < 12_000n; nonce++) await service.submit(template.id, nonce, CALLER);
    expect(builder.imported).toHaveLength(12_000);
  });

  it("an error of the import reaches the caller, who may submit the nonce again", async () => {
    const template = await offered();
    const nonce = nonceOf(template, true);
    builder.importFailure = new RangeError("disk full");
    await expect(service.submit(template.id, nonce, CALLER)).rejects.toThrow("disk full");
    builder.importFailure = undefined;
    expect(await service.submit(template.id, nonce, CALLER)).toBeDefined();
  });

  it("a failure of the verifier costs the caller nothing", async () => {
    const template = await offered();
    const { hash } = verifier;
    verifier.hash = () => Promise.reject(new RangeError("no thread"));
    // More than half a second of processor time.
    for (let tries = 0; tries < 12_000; tries++) {
      const refusal = await service.submit(template.id, 0n, CALLER).catch(String);
      if (refusal !== "RangeError: no thread") expect(refusal).toBe("RangeError: no thread");
    }
    verifier.hash = hash;
    expect(await service.submit(template.id, nonceOf(template, true), CALLER)).toBeDefined();
  });

  it("MINING_BUSY: 65,536 shares of a template, but its block is imported", async () => {
    builder.hashesPerBlock = 2n ** 20n;
    const template = await offered();
    const { target } = template.template;
    verifier.hash = async ({ nonce }) => (nonce === 70_000n ? target : target + 1n);
    const submit = (nonce: bigint) => service.submitShare(template.id, nonce, 2n ** 255n, CALLER);
    for (let nonce = 0n; nonce < 65_536n; nonce++) await submit(nonce);
    await expect(submit(65_536n)).rejects.toMatchObject({
      code: "MINING_BUSY",
      facts: { max: 65_536 },
    });
    expect(await submit(70_000n)).toBeDefined();
    expect(builder.imported).toEqual([{ miner: request.miner, nonce: 70_000n }]);
  });

  it("a share for an easier target is no block", async () => {
    builder.hashesPerBlock = 1_000_000n;
    const template = await offered();
    const easy = 2n ** 256n / 4n;
    let nonce = 0n;
    while (heavy.hash(template.template.sealRoot, nonce) > easy) nonce++;
    const hash = vi.spyOn(verifier, "hash");
    expect(await service.submitShare(template.id, nonce, easy, CALLER)).toBeUndefined();
    expect(hash).toHaveBeenCalledTimes(1);
    await expect(service.submitShare(template.id, nonce, easy, CALLER)).rejects.toMatchObject({
      code: "WORK_DUPLICATE",
    });
    expect(builder.imported).toEqual([]);
  });
});
