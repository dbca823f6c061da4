/**
 * The block-DAG of one shard: GHOSTDAG over an index in memory, pure and synchronous. docs/spec/dag.md has the rules.
 *
 *     const row = dag.ghostdag(header.parents);      // computes; changes nothing
 *     dag.verify(row);                            // throws the rule that the place breaks
 *     const due = difficulty.assess(row, stream); // bits, daaScore, median time (../difficulty)
 *     dag.insert({ hash, work, timestampMs, stream, ...due }, row);
 *     store(dag.record(hash));                          // { serial, bytes }: append-only, see Dag.load
 *
 * `dag.rollBack(hash)` undoes the newest insertion. `ghostdagData(row)` and `ghostdagDataOf(hash)` give selected parent,
 * mergeset in execution order with colours, blue score and blue work by hash. `sinkCandidates`, `virtualParents` and
 * `chainPath` serve the choice of the sink, of a template's parents, and reorganisations. `prune(point)` deletes what
 * lies below a final block and says which records go.
 *
 * Blocks have numbers, which rise from parents to children and are given again by each pruning. Rows hold numbers:
 * use them before the next pruning. A row that other insertions overtook stays right, and only costs more to
 * insert. Difficulty reads the DAG's columns by number through `dag.table`.
 */
export { Dag, type DagLimits, type DagOptions, type GhostdagData, type Merged } from "./Dag.ts";
export type { GhostdagRow } from "./ghostdag/GhostdagRow.ts";
export type { DagRecord } from "./records/record.ts";
export { type BlockFacts, BlockTable } from "./table/BlockTable.ts";
export { NONE } from "./table/none.ts";
