export { Dag, type DagLimits, type DagOptions, type Merged, type Standing } from "./Dag.ts";
export { dagErrors } from "./errors.ts";
export type { Placement } from "./ghostdag/Placement.ts";
export type { DagRecord } from "./records/record.ts";
export { type BlockFacts, BlockTable } from "./table/BlockTable.ts";
export { NONE } from "./table/none.ts";
