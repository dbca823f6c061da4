import { parentPort, workerData } from "node:worker_threads";
import { lowerPriority, serveMessages } from "@trellis/crypto";
import type { BlockReader } from "@trellis/protocol";
import { rpcErrors } from "../../errors.ts";
import type { Pacing } from "../../guards/ScanLane.ts";
import { runRead } from "../runRead.ts";
import { type FromWorker, packError, type SentRead, STOPPED, type WorkerOptions } from "./messages.ts";

interface ReadSource {
  readonly blocks: BlockReader;
  inView<T>(read: () => Promise<T>): Promise<T>;
}

const encoder = new TextEncoder();

export function serveReads(open: (source: string) => ReadSource): void {
  lowerPriority();
  const { flags: shared, source } = workerData as WorkerOptions;
  const flags = new Int32Array(shared);
  const main = parentPort!;
  const { blocks, inView } = open(source);
  serveMessages(async ({ id, task, limits }: SentRead) => {
    try {
      const pacing = untilStopped(flags, id);
      if (pacing.isDue) await pacing.pause();
      const found = await inView(() => runRead(blocks, task, limits, pacing));
      const json = encoder.encode(found.text());
      main.postMessage({ kind: "done", id, json } satisfies FromWorker, [json.buffer]);
    } catch (error) {
      main.postMessage({ kind: "failed", id, error: packError(error) } satisfies FromWorker);
    }
  });
}

/** `isDue` is true only for a cancelled read, so `pause` throws. */
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
