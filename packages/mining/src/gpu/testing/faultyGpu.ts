import { createPowAlgorithm } from "../../algorithms/createPowAlgorithm.ts";
import { searchNonces } from "../../miner/searchNonces.ts";
import type { GpuAnswer, GpuTask } from "../gpuTask.ts";

// A GPU's process that computes like a CPU until it answers FAULT_AFTER tasks, and then has the fault FAULT.

const faultAfter = Number(process.env.FAULT_AFTER);
let answered = 0;
let sealRoot: Uint8Array | undefined;

const FAULTS: Readonly<Record<string, (task: GpuTask) => void>> = {
  crash: () => process.kill(process.pid, "SIGSEGV"),
  lost: () => answer({ kind: "failed", reason: "device lost: unplugged" }),
  hang: () => {},
  wrong: () => answer({ kind: "searched", index: 0, tookMs: 1 }),
  outside: ({ count }) => answer({ kind: "searched", index: count, tookMs: 1 }),
  blind: () => answer({ kind: "searched", index: undefined, tookMs: 1 }),
};

process.once("disconnect", () => process.exit());
if (process.env.FAULT === "driverless") answer({ kind: "failed", reason: "no driver" });
else answer({ kind: "ready", adapter: "faulty" });

process.on("message", (task: GpuTask) => {
  if (answered++ >= faultAfter) return FAULTS[process.env.FAULT!]!(task);
  sealRoot = new Uint8Array(new Int32Array(task.work.words).buffer);
  const work = createPowAlgorithm({ algorithm: "blake3", memoryKiB: 0, passes: 0 }).prepare(sealRoot);
  const { nonce } = searchNonces(work, task.target, task, task.count);
  const index =
    nonce === undefined ? undefined : Number(BigInt.asUintN(64, nonce - task.first) / task.stride);
  return answer({ kind: "searched", index, tookMs: 1 });
});

function answer(message: GpuAnswer): void {
  process.send?.(message);
}
