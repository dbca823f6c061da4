import type { CpuMiner, GpuMiner, MiningRequest } from "@trellis/mining";

export const DEVICES = ["cpu", "gpu"] as const;
export type Device = (typeof DEVICES)[number];

export interface Found {
  readonly nonce: bigint;
  readonly device: Device;
}

export interface Devices {
  /** Searches with all devices at once, in one call at a time. @throws the errors of `CpuMiner` */
  mine(request: MiningRequest): Promise<Found>;
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
  let ended: Promise<unknown> = Promise.resolve();
  return {
    async mine({ firstNonce = 0n, ...request }) {
      await ended;
      const ending = new AbortController();
      const signals = request.signal === undefined ? [] : [request.signal];
      const signal = AbortSignal.any([ending.signal, ...signals]);
      const searches = miners.map(async (miner, index): Promise<Found> => {
        const first = BigInt.asUintN(64, firstNonce + BigInt(index));
        const nonce = await miner.mine({ ...request, firstNonce: first, stride, signal });
        // The CPU continues the search of a GPU that is given up.
        return { nonce, device: miner === gpu && gpu.adapter !== undefined ? "gpu" : "cpu" };
      });
      // A GPU completes its slice, which may find a nonce.
      const all = Promise.allSettled(searches);
      ended = all;
      try {
        return await Promise.race(searches);
      } catch (error) {
        ending.abort();
        const late = (await all).find(({ status }) => status === "fulfilled");
        if (late?.status === "fulfilled") return late.value;
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
