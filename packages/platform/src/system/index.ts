export { systemRandom } from "@trellis/base";
export { releaseMemory } from "./releaseMemory.ts";
export { systemClock } from "./systemClock.ts";
export { systemCpuMicros } from "./systemCpu.ts";
export { systemHost } from "./systemHost.ts";
export { systemPace } from "./systemPace.ts";
export { systemScheduler } from "./systemScheduler.ts";
export { systemSteadyClock } from "./systemSteadyClock.ts";
