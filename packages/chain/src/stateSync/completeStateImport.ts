import { hexToBytes } from "@trellis/base";
import { readEpoch, readParameters } from "@trellis/contracts";
import { chainGasLimit, type Hash, type Header, type StateReader, ZERO_HASH } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { BLOCK_HASHES } from "../execution/Executor.ts";
import { readAnchoredState } from "../shards/AnchoredStates.ts";
import { keepsState } from "../state/keepsState.ts";
import { keptHistory, putHistoryStart } from "../state/keptHistory.ts";
import { StateStore } from "../state/StateStore.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { type ChainTables, openChainTables } from "../store/tables.ts";
import { completeRecords } from "./RecordImporter.ts";
import type { StateSyncOptions, StateSyncPorts, SyncQueue } from "./StateSyncPorts.ts";

/** Headers outside the block's past are dropped, and imported again with bodies. [SYNC-STATE-4] */
export async function completeStateImport(
  options: StateSyncOptions,
  ports: StateSyncPorts,
  queue: SyncQueue,
  block: Hash,
): Promise<void> {
  const { blocks, chainDag, certificates, tables } = ports;
  const { dag } = chainDag;
  const header = blocks.storedHeader(block);
  const outside = dag.outsidePastOf(block);
  const state = importedState(tables, block, header);
  const batch = new ChainBatch();
  const imported = blocks.addImported(batch, block, header, {
    timestamp: chainDag.chainTimestamp(block),
    gasLimit: chainGasLimit(gasLimitIn(state, block, ports, options), chainDag.carrierCount(block)),
    carriers: [...dag.ghostdagDataOf(block)!.merged.map(({ hash }) => hash), block],
  });
  blocks.delete(batch, [
    ...outside.map(({ hash }) => ({ hash, part: "block" as const })),
    { hash: queue.sink, part: "body" },
  ]);
  for (const { serial } of outside) batch.delete(tables.dagRecords, serial);
  for (const [number, hash] of indexOf(ports, block)) batch.put(tables.chainIndex, number, hash);
  batch.write(deletesOfOldState(tables));
  putHistoryStart(batch, tables, { reads: header.number, proofs: header.number });
  for (const name of ["base", "sink", "adopted"]) batch.put(tables.meta, name, hexToBytes(block));
  for (const name of ["headersOnly", "adopting"]) batch.delete(tables.meta, name);
  putAnchor(batch, ports, { hash: block, header, state });
  certificates.add(batch, [], readEpoch(state).certifiedHeight);
  batch.onCommit(() => {
    dag.deleteOutsidePastOf(block);
    rebase(options, ports, block, header);
    queue.moveTo(imported);
  });
  await queue.commit(batch);
}

function rebase(
  options: StateSyncOptions,
  { blocks, states, tables, clock }: StateSyncPorts,
  block: Hash,
  { number, stateRoot }: Header,
): void {
  const importedTables = { ...tables, trieNodes: tables.importedNodes };
  const keeps = keepsState(options, blocks, clock);
  const history = keptHistory(options, tables, blocks, number);
  states.rebase({ history, isImported: true, keeps }, importedTables, block, stateRoot);
}

/** Reads only tries: the flat tables still contain genesis. */
function importedState(
  { codes, importedNodes }: ChainTables,
  block: Hash,
  { stateRoot }: Header,
): StateReader {
  const nothing = openChainTables({ get: () => undefined, has: () => false, range: () => [] });
  const tables = { ...nothing, codes, trieNodes: importedNodes };
  return new StateStore({ isImported: true }, tables, block, stateRoot).reader(block);
}

/** Of shard 0, the block itself; of others, the anchor that it names. [SHARD-22] */
function putAnchor(
  batch: ChainBatch,
  ports: StateSyncPorts,
  { hash, header, state }: { readonly hash: Hash; readonly header: Header; readonly state: StateReader },
): void {
  const { anchored, anchorTable } = ports;
  const { shard, number, stateRoot: root, anchor } = header;
  if (anchorTable === undefined || anchor === undefined) return;
  if (shard === 0) completeRecords(batch, ports, hash, state);
  const own = { hash, number, epoch: readEpoch(state).epoch };
  const row =
    shard === 0
      ? readAnchoredState(own, anchorTable.count, { root, reader: state })
      : anchor.hash === ZERO_HASH
        ? undefined
        : anchored!.find(anchor);
  if (row !== undefined) anchorTable.put(batch, row);
}

function gasLimitIn(
  state: StateReader,
  block: Hash,
  { blocks, anchored, chainDag }: StateSyncPorts,
  { parameters }: StateSyncOptions,
): bigint {
  const { number, shard } = blocks.storedHeader(block);
  if (shard > 0) {
    const { anchor } = blocks.storedHeader(chainDag.selectedParent(block)!);
    const values = anchor && anchor.hash !== ZERO_HASH ? anchored!.find(anchor)?.values : undefined;
    return values?.gasLimit ?? parameters.gasLimit;
  }
  const { epoch, startNumber } = readEpoch(state);
  // The state after an epoch's last block is already in the next epoch.
  const executedIn = startNumber === number && epoch > 0 ? epoch - 1 : epoch;
  return readParameters(state, executedIn)?.gasLimit ?? parameters.gasLimit;
}

/** Contains the blocks that BLOCKHASH can read. */
function indexOf({ blocks, chainDag }: KnownBlocks, block: Hash): Map<number, Hash> {
  const index = new Map<number, Hash>();
  let at: Hash | undefined = block;
  for (let count = 0; at !== undefined && count <= BLOCK_HASHES; count++) {
    index.set(blocks.storedHeader(at).number, at);
    at = chainDag.selectedParent(at);
  }
  return index;
}

function deletesOfOldState({ accounts, slots, trieNodes }: ChainTables): WriteOperation[] {
  return [
    ...[...accounts.range({})].map(([address]) => accounts.delete(address)),
    ...[...slots.range({})].map(([slot]) => slots.delete(slot)),
    ...[...trieNodes.range({})].map(([key]) => trieNodes.delete(key)),
  ];
}
