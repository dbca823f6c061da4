import { randomBytes } from "node:crypto";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { LruMap } from "@trellis/base";
import { lowerPriority, serveMessages } from "@trellis/crypto";
import type { Cancellation, Hash } from "@trellis/protocol";
import { createEvm } from "../createEvm.ts";
import { evmErrors } from "../errors.ts";
import {
  FLAGS,
  type FromWorker,
  type Read,
  type ReadAnswer,
  type ReadValues,
  type SentJob,
  type WorkerOptions,
} from "./messages.ts";
import { packError } from "./packedError.ts";
import { createCodeCache, RemoteState } from "./RemoteState.ts";
import { runTask } from "./runTask.ts";

lowerPriority();
const { flags: shared, answers, limits } = workerData as WorkerOptions;
const flags = new Int32Array(shared);
const main = parentPort!;
const evm = createEvm({ random: { bytes: (count) => randomBytes(count) }, limits });
const codes = createCodeCache();
const STATES_MAX = 4;
const states = new LruMap<Hash, RemoteState>(STATES_MAX);
/** Never aborts: a running job cannot receive messages. */
const { signal } = new AbortController();

serveMessages(async ({ id, stateBlock, task }: SentJob) => {
  const cancellation: Cancellation = { signal, isOver: () => Atomics.load(flags, FLAGS.stopped) === id };
  const blockHash = (number: bigint): Hash => read({ kind: "blockHash", number });
  try {
    const ports = { state: stateAfter(stateBlock), blockHash, cancellation };
    const { result, transfer } = await runTask(evm, task, ports);
    main.postMessage({ kind: "done", id, result } satisfies FromWorker, transfer);
  } catch (error) {
    main.postMessage({ kind: "failed", id, error: packError(error) } satisfies FromWorker);
  }
});

function stateAfter(block: Hash | undefined): RemoteState {
  const state = (block === undefined ? undefined : states.get(block)) ?? new RemoteState(read, codes);
  if (block !== undefined) states.set(block, state);
  return state;
}

/** @throws CALL_STOPPED if the read failed */
function read<R extends Read>(request: R): ReadValues[R["kind"]] {
  Atomics.store(flags, FLAGS.answered, 0);
  main.postMessage({ kind: "read", read: request } satisfies FromWorker);
  // A late notification of the previous answer can end the wait.
  while (Atomics.load(flags, FLAGS.answered) === 0) Atomics.wait(flags, FLAGS.answered, 0);
  const { message } = receiveMessageOnPort(answers) as { readonly message: ReadAnswer };
  if ("hasFailed" in message) throw evmErrors.CALL_STOPPED();
  return message.value as ReadValues[R["kind"]];
}
