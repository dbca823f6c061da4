export { systemClock } from "./systemClock.ts";
export { createSystemPace } from "./systemPace.ts";
export { systemRandom } from "./systemRandom.ts";
export { systemScheduler } from "./systemScheduler.ts";
