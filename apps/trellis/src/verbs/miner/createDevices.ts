import type { CpuMiner, GpuMiner, MiningRequest } from "@trellis/mining";

export const DEVICES = ["cpu", "gpu"] as const;
export type Device = (typeof DEVICES)[number];

export interface Found {
  readonly nonce: bigint;
  readonly device: Device;
}

export interface Devices {
  /**
   * Searches with all devices at once, in one call at a time.
   * @param onLate takes what a GPU finds in the slice that it completes after the end of the search
   * @throws the errors of `CpuMiner`
   */
  mine(request: MiningRequest, onLate: (found: Found) => void): Promise<Found>;
  hashCounts(device: Device): ReturnType<CpuMiner["hashCounts"]>;
  /** Of the GPU, while it mines. */
  readonly adapter: string | undefined;
  close(): Promise<void>;
}

interface Miners {
  readonly cpu: CpuMiner;
  readonly gpu: GpuMiner | undefined;
}

/** @param names devices that search, each in its own row of nonces */
export function createDevices(names: readonly Device[], { cpu, gpu }: Miners): Devices {
  const miners = names.map((name) => (name === "gpu" && gpu !== undefined ? gpu : cpu));
  const stride = BigInt(miners.length);
  /** Of each device's last search: a GPU's slice keeps no other device waiting. */
  const ended = miners.map(() => Promise.resolve());
  return {
    async mine({ firstNonce = 0n, ...request }, onLate) {
      const ending = new AbortController();
      const signals = request.signal === undefined ? [] : [request.signal];
      const signal = AbortSignal.any([ending.signal, ...signals]);
      const searches = miners.map(async (miner, index): Promise<Found> => {
        await ended[index];
        const first = BigInt.asUintN(64, firstNonce + BigInt(index));
        const nonce = await miner.mine({ ...request, firstNonce: first, stride, signal });
        // The CPU continues the search of a GPU that is given up.
        return { nonce, device: miner === gpu && gpu.adapter !== undefined ? "gpu" : "cpu" };
      });
      for (const [index, search] of searches.entries()) ended[index] = search.then(ignore, ignore);
      try {
        return await Promise.race(searches);
      } catch (error) {
        for (const search of searches) void search.then(onLate, ignore);
        throw error;
      } finally {
        ending.abort();
      }
    },
    hashCounts: (device) => (device === "cpu" ? cpu.hashCounts() : (gpu?.hashCounts() ?? new Map())),
    get adapter() {
      return gpu?.adapter;
    },
    async close() {
      await Promise.all([cpu.close(), gpu?.close()]);
    },
  };
}

function ignore(): void {}
