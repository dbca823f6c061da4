import { setTimeout } from "node:timers/promises";
import { httpErrors } from "../http/errors.ts";
import type { ProfileKind, Profiler } from "./Profiler.ts";

const CPU_SAMPLE_MICROSECONDS = 1_000;
const HEAP_SAMPLE_BYTES = 32 * 1024;

let isTaking = false;

export const systemProfiler: Profiler = {
  async take(kind, durationMs, signal) {
    if (isTaking) throw httpErrors.OVERLOADED({ reason: "another profile is being taken" });
    isTaking = true;
    try {
      return JSON.stringify(await profile(kind, durationMs, signal));
    } finally {
      isTaking = false;
    }
  },
};

async function profile(kind: ProfileKind, durationMs: number, signal: AbortSignal): Promise<object> {
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connect();
  try {
    if (kind === "heap") {
      await session.post("HeapProfiler.startSampling", { samplingInterval: HEAP_SAMPLE_BYTES });
      await setTimeout(durationMs, undefined, { signal });
      return (await session.post("HeapProfiler.stopSampling")).profile;
    }
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: CPU_SAMPLE_MICROSECONDS });
    await session.post("Profiler.start");
    await setTimeout(durationMs, undefined, { signal });
    return (await session.post("Profiler.stop")).profile;
  } finally {
    session.disconnect();
  }
}
