export { type ReadyFacts, readyLine } from "./cli/readyLine.ts";
export { runCli } from "./cli/runCli.ts";
export { trellisErrors } from "./errors.ts";
export { networkOf } from "./node/networkOf.ts";
export { COMMANDS } from "./verbs/commands.ts";
