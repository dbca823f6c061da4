export { systemClock } from "./systemClock.ts";
export { systemPace } from "./systemPace.ts";
export { systemRandom } from "./systemRandom.ts";
export { systemScheduler } from "./systemScheduler.ts";
export { systemSteadyClock } from "./systemSteadyClock.ts";
