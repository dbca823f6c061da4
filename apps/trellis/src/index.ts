export { type ReadyFacts, readyLine } from "./cli/readyLine.ts";
export { trellisErrors } from "./errors.ts";
export { networkOf } from "./node/networkOf.ts";
