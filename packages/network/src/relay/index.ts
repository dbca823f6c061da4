export type { BlockForm } from "./compactBlock.ts";
export { createRelays } from "./createRelays.ts";
export { relayErrors } from "./errors.ts";
