/** GHOSTDAG over an in-memory index. Rules: docs/spec/dag.md. */
export { Dag, type DagLimits, type DagOptions, type GhostdagData, type Merged } from "./Dag.ts";
export type { GhostdagRow } from "./ghostdag/GhostdagRow.ts";
export type { DagRecord } from "./records/record.ts";
export { type BlockFacts, BlockTable } from "./table/BlockTable.ts";
export { NONE } from "./table/none.ts";
