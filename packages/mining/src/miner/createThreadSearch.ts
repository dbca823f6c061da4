import type { Scheduler } from "@trellis/base";
import { WorkerPool } from "@trellis/crypto";
import { miningErrors } from "../errors.ts";
import { CONTROL_STOP, type MinerAnswer, type MinerTask } from "./minerTask.ts";

interface ThreadSearchRequest extends MinerTask {
  readonly signal: AbortSignal;
  isNonce(nonce: bigint): boolean;
}

interface ThreadSearch {
  /** @throws MINING_ABORTED, WORKER_UNAVAILABLE */
  run(request: ThreadSearchRequest): Promise<bigint>;
  close(): Promise<void>;
}

/** A thread checks for a stop after 2 ms, or after a hash if it is slower. */
const STOP_MS_MAX = 10_000;

export function createThreadSearch(workers: number, url: URL, scheduler: Scheduler): ThreadSearch {
  const limit = { answerMsMax: Infinity, scheduler };
  const pool = new WorkerPool<MinerTask, MinerAnswer>({ url, workers, queuedMax: 0, limit });
  let answered: Promise<unknown> = Promise.resolve();

  return {
    async run({ signal, isNonce, ...whole }) {
      const aborted = Promise.withResolvers<never>();
      const onAbort = (): void => aborted.reject(miningErrors.MINING_ABORTED());
      signal.addEventListener("abort", onAbort, { once: true });
      // Threads return undefined only after `stop`, when nothing awaits their answers.
      const isAnswer = (found: unknown): found is MinerAnswer =>
        isStopped(whole.control) || (typeof found === "bigint" && isNonce(found));
      try {
        // Threads may still be completing a slice of the previous search.
        await Promise.race([aborted.promise, answered]);
        const answers = Array.from({ length: workers }, (_, index) =>
          pool.run(partOf(whole, index, workers), isAnswer),
        );
        answered = Promise.allSettled(answers);
        return (await Promise.race([aborted.promise, ...answers])) as bigint;
      } finally {
        signal.removeEventListener("abort", onAbort);
        stop(whole.control);
        const late = scheduler.after(STOP_MS_MAX, () => pool.replaceBusy());
        void answered.then(() => late.cancel());
      }
    },
    close: () => pool.close(),
  };
}

function partOf(whole: MinerTask, index: number, workers: number): MinerTask {
  return {
    ...whole,
    first: BigInt.asUintN(64, whole.first + BigInt(index) * whole.stride),
    stride: BigInt.asUintN(64, BigInt(workers) * whole.stride),
  };
}

function isStopped(control: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(control), CONTROL_STOP) === 1;
}

function stop(control: SharedArrayBuffer): void {
  const words = new Int32Array(control);
  Atomics.store(words, CONTROL_STOP, 1);
  Atomics.notify(words, CONTROL_STOP);
}
