import { subscribe } from "node:diagnostics_channel";
import type { Pace } from "@trellis/base";

/** How long a computation runs before others on its thread have a turn, ms. */
const SLICE_MS = 8;
/** Turns without a slice, one after another: a flood of connections does not end the computations. */
const TURNS_WITHOUT_SLICE_MAX = 16;

let startedAt = performance.now();
/** Computations that wait for a turn of the event loop each. */
const paused: (() => void)[] = [];
let hasAccepted = false;
let turnsWithoutSlice = 0;

/**
 * The turns of this thread's event loop. Each has one slice, whoever uses it: computations that pause take turns. While
 * connections come, turns have none: libuv accepts one in each (`uv__server_io`, since 1.46).
 */
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
