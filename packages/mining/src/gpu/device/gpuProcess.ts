import { isTrellisError } from "@trellis/base";
import type { GpuAnswer, GpuTask } from "../gpuTask.ts";
import { openGpu } from "./openGpu.ts";

// A process of its own: drivers crash, hang, and load libraries.

process.once("disconnect", () => process.exit());

/** Dawn crashes once the garbage collector has taken its instance. */
let instance: GPU;
const gpu = await open();

process.on("message", (task: GpuTask) => {
  const startMs = performance.now();
  gpu
    ?.search(task)
    .then((index) => answer({ kind: "searched", index, tookMs: performance.now() - startMs }), fail);
});

async function open() {
  try {
    const { create } = await import("webgpu");
    instance = create([]);
    const opened = await openGpu(instance);
    answer(
      opened === undefined
        ? { kind: "failed", reason: "no driver" }
        : { kind: "ready", adapter: opened.adapter },
    );
    return opened;
  } catch (error) {
    return fail(error);
  }
}

function fail(error: unknown): undefined {
  const { message } = error instanceof Error ? error : { message: String(error) };
  const reason = isTrellisError(error, "GPU_UNAVAILABLE") ? String(error.facts.reason) : message;
  answer({ kind: "failed", reason });
}

function answer(message: GpuAnswer): void {
  process.send?.(message);
}
