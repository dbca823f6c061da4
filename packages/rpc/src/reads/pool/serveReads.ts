import { parentPort, workerData } from "node:worker_threads";
import { lowerPriority } from "@trellis/crypto";
import type { BlockReader } from "@trellis/protocol";
import { rpcErrors } from "../../errors.ts";
import type { Pacing } from "../../guards/ScanLane.ts";
import { runRead } from "../runRead.ts";
import { type FromWorker, packError, type SentRead, STOPPED, type WorkerSetup } from "./messages.ts";

/** Blocks that a worker reads, and what gives it a view of them for as long as a read takes. */
export interface ReadSource {
  readonly blocks: BlockReader;
  inView<T>(read: () => Promise<T>): Promise<T>;
}

const encoder = new TextEncoder();

/**
 * Makes this worker one of a pool: it reads from what `open` makes of the pool's source, one task at a time, until it is
 * ended.
 */
export function serveReads(open: (source: string) => ReadSource): void {
  lowerPriority();
  const { flags: shared, source } = workerData as WorkerSetup;
  const flags = new Int32Array(shared);
  const main = parentPort!;
  const { blocks, inView } = open(source);
  main.on("message", async ({ id, task, limits }: SentRead) => {
    try {
      const pacing = untilStopped(flags, id);
      if (pacing.isDue) await pacing.pause();
      const found = await inView(() => runRead(blocks, task, limits, pacing));
      const json = encoder.encode(found.text());
      main.postMessage({ kind: "done", json } satisfies FromWorker, [json.buffer]);
    } catch (error) {
      main.postMessage({ kind: "failed", error: packError(error) } satisfies FromWorker);
    }
  });
}

/** Nothing else waits for this thread: a pause is due when the read is stopped, and ends it. */
function untilStopped(flags: Int32Array, id: number): Pacing {
  return {
    get isDue() {
      return Atomics.load(flags, STOPPED) === id;
    },
    async pause() {
      throw rpcErrors.RPC_CLIENT_GONE();
    },
  };
}
