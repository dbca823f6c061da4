export { type ReadyFacts, readyLine } from "./cli/readyLine.ts";
export { networkOf } from "./compose/networkOf.ts";
export { trellisErrors } from "./errors.ts";
