import { setImmediate } from "node:timers/promises";
import { type MiningRequest, miningErrors } from "@trellis/mining";
import { describe, expect, it } from "vitest";
import { createDevices, type Found } from "./createDevices.ts";

const sealRoot = new Uint8Array(32);
const parameters = { algorithm: "heavy", memoryKiB: 0, passes: 0 } as const;

/** Finds a nonce when a test says so. */
class FakeMiner {
  adapter: string | undefined;
  requests: MiningRequest[] = [];
  isSearching = false;
  isClosed = false;
  /** As in a slice. */
  isDeaf = false;
  #end: PromiseWithResolvers<bigint> | undefined;

  async mine(request: MiningRequest): Promise<bigint> {
    this.requests.push(request);
    this.#end = Promise.withResolvers();
    if (request.signal!.aborted) throw miningErrors.MINING_ABORTED();
    request.signal!.addEventListener("abort", () => {
      if (!this.isDeaf) this.#end!.reject(miningErrors.MINING_ABORTED());
    });
    this.isSearching = true;
    try {
      return await this.#end.promise;
    } finally {
      this.isSearching = false;
    }
  }

  find(nonce: bigint): void {
    this.#end!.resolve(nonce);
  }

  fail(): void {
    this.#end!.reject(miningErrors.GPU_UNAVAILABLE({ reason: "gone" }));
  }

  hashCounts = () => new Map([["heavy", { hashes: 1, searchingMs: 2 }]] as const);

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const miners = () => ({ cpu: new FakeMiner(), gpu: new FakeMiner() });
const unexpected = (): never => {
  throw new TypeError("nothing is found late");
};
const request = { parameters, sealRoot, target: 1n, firstNonce: 2n ** 64n - 1n };

describe("createDevices [MINE-7]", () => {
  it.each(["cpu", "gpu"] as const)(
    "both search in rows of their own until the %s finds a nonce",
    async (name) => {
      const { cpu, gpu } = miners();
      gpu.adapter = "card";
      const devices = createDevices(["cpu", "gpu"], { cpu, gpu });
      const search = devices.mine(request, unexpected);
      await setImmediate();
      expect([cpu, gpu].map(({ requests }) => requests[0])).toMatchObject([
        { firstNonce: 2n ** 64n - 1n, stride: 2n },
        { firstNonce: 0n, stride: 2n },
      ]);
      ({ cpu, gpu })[name].find(7n);
      expect(await search).toEqual({ nonce: 7n, device: name });
      await setImmediate();
      expect([cpu.isSearching, gpu.isSearching]).toEqual([false, false]);
    },
  );

  it("a nonce of a GPU that is given up is the CPU's", async () => {
    const { cpu, gpu } = miners();
    const devices = createDevices(["gpu"], { cpu, gpu });
    const search = devices.mine(request, unexpected);
    await setImmediate();
    gpu.find(7n);
    expect(await search).toEqual({ nonce: 7n, device: "cpu" });
    expect(cpu.requests).toEqual([]);
  });

  it("MINING_ABORTED: all devices end with the caller's signal", async () => {
    const { cpu, gpu } = miners();
    const controller = new AbortController();
    const search = createDevices(["cpu", "gpu"], { cpu, gpu }).mine(
      { ...request, signal: controller.signal },
      unexpected,
    );
    await setImmediate();
    controller.abort();
    await expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
    expect([cpu.isSearching, gpu.isSearching]).toEqual([false, false]);
  });

  it("passes on a nonce that the GPU finds after the abort, for which only the GPU's next search waits", async () => {
    const { cpu, gpu } = miners();
    gpu.adapter = "card";
    gpu.isDeaf = true;
    const devices = createDevices(["cpu", "gpu"], { cpu, gpu });
    const controller = new AbortController();
    const late: Found[] = [];
    const search = devices.mine({ ...request, signal: controller.signal }, (found) => late.push(found));
    await setImmediate();
    controller.abort();
    await expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
    const next = devices.mine(request, unexpected);
    await setImmediate();
    expect([cpu.requests.length, gpu.requests.length]).toEqual([2, 1]);
    gpu.find(7n);
    await setImmediate();
    expect(late).toEqual([{ nonce: 7n, device: "gpu" }]);
    expect(gpu.requests).toHaveLength(2);
    cpu.find(9n);
    expect(await next).toEqual({ nonce: 9n, device: "cpu" });
  });

  it("does not wait for a GPU's slice with a nonce of the CPU", async () => {
    const { cpu, gpu } = miners();
    gpu.isDeaf = true;
    const search = createDevices(["cpu", "gpu"], { cpu, gpu }).mine(request, unexpected);
    await setImmediate();
    cpu.find(7n);
    expect(await search).toEqual({ nonce: 7n, device: "cpu" });
    expect(gpu.isSearching).toBe(true);
  });

  it("an error of one device ends the search of the other", async () => {
    const { cpu, gpu } = miners();
    const search = createDevices(["cpu", "gpu"], { cpu, gpu }).mine(request, unexpected);
    await setImmediate();
    gpu.fail();
    await expect(search).rejects.toMatchObject({ code: "GPU_UNAVAILABLE" });
    expect(cpu.isSearching).toBe(false);
  });

  it("counts hashes by device, and closes all", async () => {
    const { cpu, gpu } = miners();
    const devices = createDevices(["cpu"], { cpu, gpu: undefined });
    expect(devices.hashCounts("cpu").get("heavy")).toEqual({ hashes: 1, searchingMs: 2 });
    expect(devices.hashCounts("gpu").size).toBe(0);
    await createDevices(["gpu"], { cpu, gpu }).close();
    expect([cpu.isClosed, gpu.isClosed]).toEqual([true, true]);
  });
});
