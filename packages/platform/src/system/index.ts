export { systemClock } from "./systemClock.ts";
export { systemRandom } from "./systemRandom.ts";
export { systemScheduler } from "./systemScheduler.ts";
