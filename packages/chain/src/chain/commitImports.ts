import { type Clock, hexToBytes, type Pace, runPaced } from "@trellis/base";
import type { Certificate, ChainEvent, Hash } from "@trellis/protocol";
import type { SetChanges } from "../finality/certificates/SetChanges.ts";
import type { KeepShardData } from "../shards/keepAnchors.ts";
import { putHistoryStart } from "../state/keptHistory.ts";
import type { CommittedStore } from "../store/CommittedStore.ts";
import type { ChainTables } from "../store/tables.ts";
import { moveBetween } from "./findSink.ts";
import type { FinalGoal, ImportBatch, ImportBatchPorts } from "./ImportBatch.ts";
import type { ImportMeter } from "./ImportMeter.ts";
import { eventsOf, type ImportResult } from "./ImportResult.ts";
import type { Pruner } from "./Pruner.ts";

export interface CommitPorts extends ImportBatchPorts {
  readonly tables: ChainTables;
  readonly setChanges: SetChanges;
  readonly pruner: Pruner;
  /** In networks with several shards. */
  readonly keepShardData?: KeepShardData | undefined;
  readonly store: CommittedStore;
  readonly clock: Clock;
  readonly pace?: Pace | undefined;
  readonly meter: Pick<ImportMeter, "committed">;
}

export interface Committed {
  readonly sink: Hash;
  readonly goal: FinalGoal | undefined;
  readonly result: ImportResult;
}

interface CommitRequest {
  readonly sink: Hash;
  readonly certificates: readonly Certificate[];
  readonly isArchive: boolean;
  readonly follow: (committed: Committed) => void;
}

/** Failures are fatal, because the stored state is then unknown. [EXEC-16] [EXEC-21] [EXEC-22] */
export async function commitImports(
  ports: CommitPorts,
  imports: ImportBatch,
  { sink: from, certificates: told, isArchive, follow }: CommitRequest,
): Promise<void> {
  const { pace, tables, blocks, chainDag, states, certificates, executor, clock } = ports;
  const { batch, sink, goal } = imports;
  const final = states.movesTo(goal.block)[0] ?? goal.block;
  const isReached = final === goal.block;
  const move = moveBetween(ports, from, sink);
  const events = eventsOf(
    imports.blocks,
    move,
    final === states.baseHash ? undefined : finalized(ports, final),
  );
  const result = { imported: imports.blocks.map(({ hash }) => hash), ...move, events };
  const startedMs = clock.nowMs();
  const certified = [...told, ...certificates.recordedBy(move.added)];
  ports.keepShardData?.(batch, { blocks: imports.blocks, final });
  await runPaced(states.flattenInSteps(batch, final), pace);
  const gas = gasBetween(ports, states.baseHash, final);
  ports.pruner.step(batch, final, sink, imports.blocks.length);
  blocks.moveChain(batch, move.removed, move.added);
  certificates.add(batch, certified, isReached ? goal.height : certificates.finalHeight);
  // Light clients follow the sets of shard 0.
  if (ports.checkpoint === undefined) ports.setChanges.add(batch, certified);
  if (!isArchive) certificates.deletePruned(batch, (block) => !chainDag.dag.has(block));
  if (states.historyStart !== undefined) putHistoryStart(batch, tables, states.historyStart);
  batch.put(tables.meta, "sink", hexToBytes(sink));
  batch.put(tables.meta, "base", hexToBytes(final));
  batch.onCommit(() => {
    const tookMs = clock.nowMs() - startedMs;
    executor.slowGas.took(gas, tookMs);
    ports.meter.committed(imports.blocks, tookMs);
    follow({ sink, goal: isReached ? undefined : goal, result });
  });
  await batch.commit(ports.store, pace);
}

function gasBetween({ blocks, chainDag }: CommitPorts, base: Hash, final: Hash): number {
  const { added } = chainDag.dag.chainPath(base, final);
  return added.reduce((sum, hash) => sum + Number(blocks.storedHeader(hash).gasUsed), 0);
}

function finalized({ blocks }: CommitPorts, hash: Hash): ChainEvent {
  return { kind: "finalized", hash, number: blocks.storedHeader(hash).number };
}
