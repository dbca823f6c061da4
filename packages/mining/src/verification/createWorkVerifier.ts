import { type AnswerLimit, BatchPool, type VitalWorkers, WorkerPool } from "@trellis/crypto";
import { createAlgorithmCache } from "../algorithms/algorithmCache.ts";
import { areHashes, packWork, unpackHashes } from "./packedWork.ts";
import { checkSealedWork, checkWork, type SealedWork, type Work } from "./Work.ts";

export interface WorkVerifierOptions {
  /** 0 verifies on the calling thread (simulations, tests). */
  readonly workers: number;
  readonly queuedMax?: number;
  readonly vital?: VitalWorkers;
  /** Without it, an answer may never come unless the workers are vital. */
  readonly limit?: AnswerLimit;
}

export interface WorkVerifier {
  /** For several targets. @throws as `verify` */
  hash(work: SealedWork): Promise<bigint>;
  /** @throws ARGUMENT_INVALID, PARAMETERS_INVALID, WORKER_UNAVAILABLE, WORKER_FAILED */
  verify(work: Work): Promise<boolean>;
  verifyAll(works: readonly Work[]): Promise<boolean[]>;
  readonly queuedCount: number;
  /** Resolves after all accepted requests are answered. */
  close(): Promise<void>;
}

/** Faster hashes are verified on the calling thread: posting to a worker costs 50 µs. */
const INLINE_MICROSECONDS_MAX = 3;
/** Small, because one memory-hard hash can take over a second. */
const BATCH_MAX = 16;
const QUEUED_MAX = 65_536;

export function createWorkVerifier(options: WorkVerifierOptions): WorkVerifier {
  const algorithms = createAlgorithmCache();
  const inline = ({ parameters, sealRoot, nonce }: SealedWork): bigint =>
    algorithms.get(parameters).hash(sealRoot, nonce);
  const workers =
    options.workers === 0
      ? undefined
      : new WorkerPool<ArrayBuffer, ArrayBuffer>({
          url: new URL("./verificationWorker.ts", import.meta.url),
          workers: options.workers,
          queuedMax: 0,
          vital: options.vital,
          limit: options.limit,
        });
  const pool = new BatchPool<SealedWork, bigint>({
    pool: workers,
    pack: packWork,
    isAnswer: areHashes,
    unpack: unpackHashes,
    inline,
    inlineMax: 0,
    batchMax: BATCH_MAX,
    queuedMax: options.queuedMax ?? QUEUED_MAX,
  });

  const hash = async (work: SealedWork): Promise<bigint> => {
    checkSealedWork(work);
    const isCheap = algorithms.get(work.parameters).hashMicroseconds <= INLINE_MICROSECONDS_MAX;
    return isCheap ? inline(work) : pool.submit(work);
  };
  const verify = async (work: Work): Promise<boolean> => {
    checkWork(work);
    return (await hash(work)) <= work.target;
  };

  return {
    hash,
    verify,
    verifyAll: (works) => Promise.all(works.map(verify)),
    get queuedCount() {
      return pool.queuedCount;
    },
    close: () => pool.close(),
  };
}
