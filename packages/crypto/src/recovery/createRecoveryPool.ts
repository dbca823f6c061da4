import { baseErrors, isTrellisError, type TrellisError } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import { recoverAddress } from "../secp256k1/recover.ts";
import { checkSignature } from "../secp256k1/signature.ts";
import { BatchPool } from "../workers/BatchPool.ts";
import { type VitalWorkers, WorkerPool } from "../workers/WorkerPool.ts";
import { isOutcomes, packRequests, type RecoveryRequest, unpackOutcomes } from "./packedRecovery.ts";

export interface RecoveryPoolOptions {
  readonly workers: number;
  readonly queuedMax?: number;
  readonly vital?: VitalWorkers;
}

/** Rejects high s (EIP-2). */
export interface RecoveryPool {
  /**
   * Resolves to 20 bytes.
   * @throws ARGUMENT_INVALID, SIGNATURE_OUT_OF_RANGE, SIGNATURE_UNRECOVERABLE, WORKER_UNAVAILABLE, WORKER_FAILED
   */
  recover(request: RecoveryRequest): Promise<Uint8Array>;
  /**
   * Resolves to addresses or errors, in request order. Urgent requests overtake queued ones.
   * @throws WORKER_UNAVAILABLE, WORKER_FAILED
   */
  recoverAll(
    requests: readonly RecoveryRequest[],
    isUrgent?: boolean,
  ): Promise<(Uint8Array | TrellisError)[]>;
  readonly queuedCount: number;
  close(): Promise<void>;
}

type Outcome = Uint8Array | TrellisError;

/** A recovery takes 55 µs, posting it to a worker 50 µs (measured). */
const INLINE_MAX = 1;
/** A batch takes 7 ms, short compared with a block interval. */
const BATCH_MAX = 128;
const QUEUED_MAX = 65_536;

export function createRecoveryPool(options: RecoveryPoolOptions): RecoveryPool {
  const workers =
    options.workers === 0
      ? undefined
      : new WorkerPool<ArrayBuffer, ArrayBuffer>({
          url: new URL("./recoveryWorker.ts", import.meta.url),
          workers: options.workers,
          queuedMax: 0,
          vital: options.vital,
        });
  const pool = new BatchPool<RecoveryRequest, Outcome>({
    pool: workers,
    pack: packRequests,
    isAnswer: isOutcomes,
    unpack: (answer, requests) => nameFailures(unpackOutcomes(answer), requests),
    inline: ({ hash, signature }) => attempt(() => recoverAddress(hash, signature)),
    inlineMax: INLINE_MAX,
    batchMax: BATCH_MAX,
    queuedMax: options.queuedMax ?? QUEUED_MAX,
  });

  const recoverAll = async (requests: readonly RecoveryRequest[], isUrgent = false): Promise<Outcome[]> => {
    const refusals = requests.map(checkRequest);
    if (refusals.every((refusal) => refusal === undefined)) return pool.submitAll(requests, isUrgent);
    const checked = requests.filter((_, index) => refusals[index] === undefined);
    const outcomes = (await pool.submitAll(checked, isUrgent)).values();
    return refusals.map((refusal) => refusal ?? (outcomes.next().value as Outcome));
  };

  return {
    recoverAll,
    async recover(request) {
      const [outcome] = await recoverAll([request]);
      if (isTrellisError(outcome)) throw outcome;
      return outcome as Uint8Array;
    },
    get queuedCount() {
      return pool.queuedCount;
    },
    close: () => pool.close(),
  };
}

function checkRequest({ hash, signature }: RecoveryRequest): TrellisError | undefined {
  const refusal = attempt(() => {
    if (hash.length !== 32)
      throw baseErrors.ARGUMENT_INVALID({
        rule: "a hash has 32 bytes",
        length: hash.length,
      });
    checkSignature(signature);
  });
  return refusal as TrellisError | undefined;
}

function nameFailures(
  addresses: readonly (Uint8Array | undefined)[],
  requests: readonly RecoveryRequest[],
): Outcome[] {
  return addresses.map((address, index) => {
    const { r, yParity } = (requests[index] as RecoveryRequest).signature;
    return address ?? cryptoErrors.SIGNATURE_UNRECOVERABLE({ r, yParity });
  });
}

function attempt<T>(compute: () => T): T | TrellisError {
  try {
    return compute();
  } catch (error) {
    if (isTrellisError(error)) return error;
    throw error;
  }
}
