import { baseErrors, type Scheduler } from "@trellis/base";
import { workOfTarget } from "@trellis/protocol";
import { createAlgorithmCache } from "../algorithms/algorithmCache.ts";
import type { PowAlgorithm, PowParameters } from "../algorithms/PowAlgorithm.ts";
import { miningErrors } from "../errors.ts";
import { verifyWork } from "../verification/verifyWork.ts";
import { checkWork, NONCE_COUNT } from "../verification/Work.ts";
import { createThreadSearch } from "./createThreadSearch.ts";
import { addHashes, type HashCount } from "./hashCount.ts";
import { CONTROL_HASHES, CONTROL_PLAIN, CONTROL_SIZE_BYTES } from "./minerTask.ts";
import { type SearchResult, searchNonces, targetToBytes } from "./searchNonces.ts";

interface CpuMinerOptions {
  readonly workers: number;
  /** Called once: vectors compute wrongly, and plain code searches. */
  readonly onPlain?: () => void;
  /** Of the threads, for tests. */
  readonly file?: URL;
}

const FILE = new URL("./minerWorker.ts", import.meta.url);

export interface MiningRequest {
  readonly parameters: PowParameters;
  /** 32 bytes */
  readonly sealRoot: Uint8Array;
  /** uint256 */
  readonly target: bigint;
  /** uint64. Miners that share a template need different values. */
  readonly firstNonce?: bigint;
  /** For n machines: stride n, and firstNonce 0, 1, …, n - 1. */
  readonly stride?: bigint;
  /** Above 0 and at most 1. */
  readonly dutyCycle?: number;
  readonly signal?: AbortSignal;
}

export interface CpuMiner {
  /**
   * One search at a time. @throws MINING_ABORTED, ARGUMENT_INVALID, PARAMETERS_INVALID, WORKER_UNAVAILABLE
   */
  mine(request: MiningRequest): Promise<bigint>;
  hashCounts(): ReadonlyMap<PowParameters["algorithm"], HashCount>;
  close(): Promise<void>;
}

/** Searches of at most this expected time run inline: a worker would be slower. */
const INLINE_MICROSECONDS_MAX = 250;
/** Inline hashes per expected hash; one search in 3,000 then continues on the workers. */
const INLINE_PATIENCE = 8;

export function createCpuMiner(options: CpuMinerOptions, scheduler: Scheduler): CpuMiner {
  if (!Number.isInteger(options.workers) || options.workers < 1) {
    throw baseErrors.ARGUMENT_INVALID({ rule: "at least one worker searches", workers: options.workers });
  }
  const algorithms = createAlgorithmCache();
  const counts = new Map<PowParameters["algorithm"], HashCount>();
  const threads = createThreadSearch(options.workers, options.file ?? FILE, scheduler);
  const closing = new AbortController();
  let isBusy = false;
  let isPlain = false;

  const search = async (
    request: Omit<CheckedRequest, "signal">,
    signals: readonly AbortSignal[],
  ): Promise<bigint> => {
    const algorithm = algorithms.get(request.parameters);
    const startMs = performance.now();
    const inline = searchInline(algorithm, request);
    if (inline.nonce !== undefined) {
      addHashes(counts, algorithm.name, inline.hashCount, performance.now() - startMs);
      return inline.nonce;
    }
    const control = new SharedArrayBuffer(CONTROL_SIZE_BYTES);
    try {
      const { firstNonce, stride, sealRoot, target } = request;
      const first = BigInt.asUintN(64, firstNonce + BigInt(inline.hashCount) * stride);
      // The chain does not verify seals of its own blocks again.
      const isNonce = (nonce: bigint): boolean =>
        nonce >= 0n && nonce < NONCE_COUNT && verifyWork(algorithm, sealRoot, nonce, target);
      const signal = AbortSignal.any([...signals]);
      return await threads.run({
        ...request,
        signal,
        target: targetToBytes(target),
        first,
        control,
        isNonce,
      });
    } finally {
      const hashes = Number(new BigUint64Array(control)[CONTROL_HASHES]!);
      addHashes(counts, algorithm.name, inline.hashCount + hashes, performance.now() - startMs);
      if (!isPlain && Atomics.load(new Int32Array(control), CONTROL_PLAIN) === 1) {
        isPlain = true;
        options.onPlain?.();
      }
    }
  };

  return {
    async mine(request) {
      if (isBusy) throw baseErrors.ARGUMENT_INVALID({ rule: "a miner searches one nonce at a time" });
      const checked = checkRequest(request);
      const signals = [closing.signal, ...(request.signal === undefined ? [] : [request.signal])];
      if (signals.some(({ aborted }) => aborted)) throw miningErrors.MINING_ABORTED();
      isBusy = true;
      try {
        return await search(checked, signals);
      } finally {
        isBusy = false;
      }
    },
    hashCounts: () => counts,
    async close() {
      closing.abort();
      await threads.close();
    },
  };
}

export type CheckedRequest = Required<MiningRequest>;

/** @throws ARGUMENT_INVALID */
export function checkRequest(request: MiningRequest): Omit<CheckedRequest, "signal"> {
  const { parameters, sealRoot, target, firstNonce = 0n, stride = 1n, dutyCycle = 1 } = request;
  checkWork({ parameters, sealRoot, nonce: firstNonce, target });
  if (stride < 1n || stride >= NONCE_COUNT || !(dutyCycle > 0 && dutyCycle <= 1)) {
    const rule = "a stride is a uint64 of at least 1, a duty cycle above 0 and at most 1";
    throw baseErrors.ARGUMENT_INVALID({ rule, stride, dutyCycle });
  }
  const { algorithm, memoryKiB, passes } = parameters;
  return {
    parameters: { algorithm, memoryKiB, passes },
    sealRoot,
    target,
    firstNonce,
    stride,
    dutyCycle,
  };
}

function searchInline(algorithm: PowAlgorithm, request: Omit<CheckedRequest, "signal">): SearchResult {
  const { sealRoot, target, firstNonce: first, stride } = request;
  const expectedHashes = Number(workOfTarget(target));
  if (expectedHashes * algorithm.hashMicroseconds > INLINE_MICROSECONDS_MAX) {
    return { nonce: undefined, hashCount: 0 };
  }
  const countMax = INLINE_PATIENCE * expectedHashes;
  return searchNonces(algorithm.prepare(sealRoot), targetToBytes(target), { first, stride }, countMax);
}
