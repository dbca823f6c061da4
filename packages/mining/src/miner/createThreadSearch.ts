import { WorkerPool } from "@trellis/crypto";
import { miningErrors } from "../errors.ts";
import { CONTROL_STOP, type MinerAnswer, type MinerTask } from "./minerTask.ts";

interface ThreadSearchRequest extends MinerTask {
  readonly signal: AbortSignal;
}

interface ThreadSearch {
  /** @throws MINING_ABORTED, WORKER_UNAVAILABLE */
  run(request: ThreadSearchRequest): Promise<bigint>;
  close(): Promise<void>;
}

export function createThreadSearch(workers: number, url: URL): ThreadSearch {
  const pool = new WorkerPool<MinerTask, MinerAnswer>({ url, workers, queuedMax: 0 });
  let answered: Promise<unknown> = Promise.resolve();

  return {
    async run({ signal, ...whole }) {
      const aborted = Promise.withResolvers<never>();
      const onAbort = (): void => aborted.reject(miningErrors.MINING_ABORTED());
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        // Threads may still be completing a slice of the previous search.
        await Promise.race([aborted.promise, answered]);
        const answers = Array.from({ length: workers }, (_, index) =>
          pool.run(partOf(whole, index, workers)),
        );
        answered = Promise.allSettled(answers);
        // Threads return undefined only after `stop`.
        return (await Promise.race([aborted.promise, ...answers])) as bigint;
      } finally {
        signal.removeEventListener("abort", onAbort);
        stop(whole.control);
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

function stop(control: SharedArrayBuffer): void {
  const words = new Int32Array(control);
  Atomics.store(words, CONTROL_STOP, 1);
  Atomics.notify(words, CONTROL_STOP);
}
