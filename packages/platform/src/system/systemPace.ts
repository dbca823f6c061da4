import { subscribe } from "node:diagnostics_channel";
import type { Pace } from "@trellis/base";

const SLICE_MS = 8;
/** A flood of connections must not stop computations. */
const TURNS_WITHOUT_SLICE_MAX = 16;

let startedAt = performance.now();
const paused: (() => void)[] = [];
let hasAccepted = false;
let turnsWithoutSlice = 0;

/** One slice of computation per event loop turn, round-robin, unless the turn accepts connections. */
export const systemPace: Pace = {
  isDue: () => performance.now() - startedAt >= SLICE_MS,
  pause() {
    const { promise, resolve } = Promise.withResolvers<void>();
    paused.push(resolve);
    if (paused.length === 1) setImmediate(takeTurn);
    return promise;
  },
  processorMs() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
};

subscribe("net.server.socket", () => {
  hasAccepted = true;
});

function takeTurn(): void {
  if (hasAccepted && turnsWithoutSlice < TURNS_WITHOUT_SLICE_MAX) turnsWithoutSlice++;
  else {
    turnsWithoutSlice = 0;
    startedAt = performance.now();
    paused.shift()?.();
  }
  hasAccepted = false;
  if (paused.length > 0) setImmediate(takeTurn);
}
