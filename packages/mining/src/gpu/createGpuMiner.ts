import { baseErrors, isTrellisError, type Scheduler, type TrellisError } from "@trellis/base";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";
import { miningErrors } from "../errors.ts";
import {
  type CheckedRequest,
  type CpuMiner,
  checkRequest,
  type MiningRequest,
} from "../miner/createCpuMiner.ts";
import type { HashCount } from "../miner/hashCount.ts";
import { GpuSearch } from "./GpuSearch.ts";
import { GPU_ALGORITHMS, type GpuAlgorithm } from "./gpuTask.ts";
import type { Gpu } from "./systemGpu.ts";
import { unlessAborted } from "./unlessAborted.ts";

interface GpuMinerPorts {
  /**
   * Mines algorithms without a shader, and everything after the GPU is given up. Closed with this miner.
   * Undefined if another miner searches beside this one, which then finds nothing.
   */
  readonly cpu: CpuMiner | undefined;
  readonly startGpu: () => Promise<Gpu>;
  readonly scheduler: Scheduler;
  /** Called once: GPU_UNAVAILABLE. */
  readonly onGivenUp: (error: TrellisError) => void;
}

export interface GpuMiner extends CpuMiner {
  /** Of the GPU that mines. Undefined before the first search and after the GPU is given up. */
  readonly adapter: string | undefined;
  /** Of the GPU. The CPU counts its own. */
  hashCounts(): ReturnType<CpuMiner["hashCounts"]>;
}

/** Falls back to the CPU if the GPU is missing, computes wrongly, disappears or hangs. */
export function createGpuMiner(ports: GpuMinerPorts): GpuMiner {
  return new FallbackMiner(ports);
}

class FallbackMiner implements GpuMiner {
  readonly #ports: GpuMinerPorts;
  readonly #counts = new Map<PowParameters["algorithm"], HashCount>();
  readonly #closing = new AbortController();
  #starting: Promise<void> | undefined;
  #search: GpuSearch | undefined;
  #isBusy = false;

  constructor(ports: GpuMinerPorts) {
    this.#ports = ports;
  }

  get adapter(): string | undefined {
    return this.#search?.gpu.adapter;
  }

  async mine(request: MiningRequest): Promise<bigint> {
    if (this.#isBusy) throw baseErrors.ARGUMENT_INVALID({ rule: "a miner searches one nonce at a time" });
    const signals = request.signal === undefined ? [] : [request.signal];
    const signal = AbortSignal.any([this.#closing.signal, ...signals]);
    const checked = { ...checkRequest(request), signal };
    this.#isBusy = true;
    try {
      const algorithm = GPU_ALGORITHMS.find((name) => name === request.parameters.algorithm);
      return algorithm === undefined
        ? await this.#mineElsewhere(checked)
        : await this.#mine(algorithm, checked);
    } finally {
      this.#isBusy = false;
    }
  }

  hashCounts(): ReadonlyMap<PowParameters["algorithm"], HashCount> {
    return this.#counts;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#search?.gpu.close();
    await this.#ports.cpu?.close();
  }

  async #mine(algorithm: GpuAlgorithm, request: CheckedRequest): Promise<bigint> {
    if (request.signal.aborted) throw miningErrors.MINING_ABORTED();
    this.#starting ??= this.#start();
    await unlessAborted(request.signal, this.#starting);
    const row = { first: request.firstNonce, stride: request.stride };
    try {
      if (this.#search !== undefined) return await this.#search.run(algorithm, request, row);
    } catch (error) {
      this.#giveUp(error);
    }
    return this.#mineElsewhere({ ...request, firstNonce: row.first });
  }

  #mineElsewhere(request: CheckedRequest): Promise<bigint> {
    return this.#ports.cpu?.mine(request) ?? unlessAborted(request.signal, new Promise<never>(() => {}));
  }

  async #start(): Promise<void> {
    try {
      const gpu = await this.#ports.startGpu();
      if (this.#closing.signal.aborted) gpu.close();
      else this.#search = new GpuSearch(gpu, this.#counts, this.#ports.scheduler);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    if (!isTrellisError(error, "GPU_UNAVAILABLE")) throw error;
    this.#search?.gpu.close();
    this.#search = undefined;
    if (!this.#closing.signal.aborted) this.#ports.onGivenUp(error);
  }
}
