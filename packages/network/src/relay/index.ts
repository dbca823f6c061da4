export type { BlockForm } from "./compactBlock.ts";
export { createRelays } from "./createRelays.ts";
