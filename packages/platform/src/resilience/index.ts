export { createGuard, type Guard, type GuardOptions } from "./createGuard.ts";
export { resilienceErrors } from "./errors.ts";
export { undisturbed, whileWanted, workSignal } from "./workSignal.ts";
