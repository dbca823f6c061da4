export { createGuard, type Guard, type GuardOptions } from "./createGuard.ts";
export { resilienceErrors } from "./errors.ts";
