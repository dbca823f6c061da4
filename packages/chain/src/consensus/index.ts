/**
 * Block-DAG of one shard: GHOSTDAG over an in-memory index, synchronous. Rules: docs/spec/dag.md.
 *
 * const row = dag.ghostdag(header.parents); dag.verify(row); const data = difficulty.assess(row, stream);
 * dag.insert({ hash, work, timestampMs, stream, ...data }, row); store(dag.record(hash));
 *
 * Block numbers change at each pruning, so a row is valid only until the next pruning.
 */
export { Dag, type DagLimits, type DagOptions, type GhostdagData, type Merged } from "./Dag.ts";
export type { GhostdagRow } from "./ghostdag/GhostdagRow.ts";
export type { DagRecord } from "./records/record.ts";
export { type BlockFacts, BlockTable } from "./table/BlockTable.ts";
export { NONE } from "./table/none.ts";
