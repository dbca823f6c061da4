import { hexToBytes } from "@trellis/base";
import { readEpoch, readParameters } from "@trellis/contracts";
import { chainGasLimit, type Hash, type Header, type StateReader } from "@trellis/protocol";
import { createMemoryStore, type WriteOperation } from "@trellis/storage";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { BLOCK_HASHES } from "../execution/Executor.ts";
import { writeOfFinalHeight } from "../finality/certificates/CertificateStore.ts";
import { keepsState } from "../state/keepsState.ts";
import { keptHistory, writesOfHistoryStart } from "../state/keptHistory.ts";
import { StateStore } from "../state/StateStore.ts";
import { writesOfGenesisState } from "../state/writesOfGenesisState.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { type ChainTables, openChainTables } from "../store/tables.ts";
import type { StateSyncOptions, StateSyncPorts, SyncQueue } from "./StateSyncPorts.ts";

/**
 * Makes the block base and sink in one batch. Drops headers outside its past; their blocks will be imported with
 * bodies. [SYNC-STATE-4]
 * @throws CHAIN_STOPPED
 */
export async function completeStateImport(
  options: StateSyncOptions,
  ports: StateSyncPorts,
  queue: SyncQueue,
  block: Hash,
): Promise<void> {
  const { blocks, chainDag, certificates, states, tables, clock } = ports;
  const { dag } = chainDag;
  const header = blocks.storedHeader(block);
  const outside = dag.outsidePastOf(block);
  const state = importedState(tables, block, header);
  const { certifiedHeight } = readEpoch(state);
  const batch = new ChainBatch();
  const imported = blocks.addImported(batch, block, header, {
    timestamp: chainDag.chainTimestamp(block),
    gasLimit: chainGasLimit(gasLimitIn(state, header, options), chainDag.carrierCount(block)),
    carriers: [...dag.ghostdagDataOf(block)!.merged.map(({ hash }) => hash), block],
  });
  const genesis = queue.sink;
  const gone = [
    ...outside.map(({ hash }) => ({ hash, part: "block" as const })),
    { hash: genesis, part: "body" as const },
  ];
  const index = indexOf(ports, block);
  await holdGenesis(options, ports, genesis);
  blocks.holdNumbers(index.keys());
  dag.deleteOutsidePastOf(block);
  batch.add({
    writes: [...blocks.deletes(gone), ...outside.map(({ serial }) => tables.dagRecords.delete(serial))],
  });
  batch.add(blocks.changes([], []));
  const writes = [
    tables.chainIndex.delete(0),
    ...[...index].map(([number, hash]) => tables.chainIndex.put(number, hash)),
    ...writesOfOldState(tables),
    ...writesOfHistoryStart(tables, { reads: header.number, proofs: header.number }),
    ...(["base", "sink", "adopted"] as const).map((name) => tables.meta.put(name, hexToBytes(block))),
    writeOfFinalHeight(tables, certifiedHeight),
    tables.meta.delete("headersOnly"),
    tables.meta.delete("adopting"),
  ];
  batch.add({ writes });
  await queue.commit(batch);
  const importedTables = { ...tables, trieNodes: tables.importedNodes };
  const keeps = keepsState(options, blocks, clock);
  const history = keptHistory(options, tables, blocks, header.number);
  states.rebase({ history, isImported: true, keeps }, importedTables, block, header.stateRoot);
  certificates.settle([], certifiedHeight);
  queue.moveTo(imported);
}

/** Omits the flat tables, which hold genesis. */
function importedState(
  { codes, importedNodes }: ChainTables,
  block: Hash,
  { stateRoot }: Header,
): StateReader {
  const nothing = openChainTables({ get: () => undefined, has: () => false, range: () => [] });
  const tables = { ...nothing, codes, trieNodes: importedNodes };
  return new StateStore({ isImported: true }, tables, block, stateRoot).reader(block);
}

/** Gas limit per carrier when the block was executed: the next base fee depends on it. [BLOCK-10] */
function gasLimitIn(state: StateReader, { number }: Header, { parameters }: StateSyncOptions): bigint {
  const { epoch, startNumber } = readEpoch(state);
  // The state after an epoch's last block is already in the next epoch.
  const executedIn = startNumber === number && epoch > 0 ? epoch - 1 : epoch;
  return readParameters(state, executedIn)?.gasLimit ?? parameters.gasLimit;
}

/** Covers the range of BLOCKHASH. */
function indexOf({ blocks, chainDag }: KnownBlocks, block: Hash): Map<number, Hash> {
  const index = new Map<number, Hash>();
  let at: Hash | undefined = block;
  for (let count = 0; at !== undefined && count <= BLOCK_HASHES; count++) {
    index.set(blocks.storedHeader(at).number, at);
    at = chainDag.selectedParent(at);
  }
  return index;
}

/** Genesis is the head until the batch is applied: readers find it in memory. [EXEC-23] */
async function holdGenesis(
  { parameters }: StateSyncOptions,
  { blocks, states }: StateSyncPorts,
  genesis: Hash,
): Promise<void> {
  const store = createMemoryStore();
  const held = openChainTables(store);
  await store.write(writesOfGenesisState(parameters, held, genesis));
  states.rebase({}, held, genesis, blocks.storedHeader(genesis).stateRoot);
  blocks.storedBlock(genesis);
  blocks.executedBlock(genesis);
  blocks.holdNumbers([0]);
}

function writesOfOldState({ accounts, slots, trieNodes }: ChainTables): WriteOperation[] {
  return [
    ...[...accounts.range({})].map(([address]) => accounts.delete(address)),
    ...[...slots.range({})].map(([slot]) => slots.delete(slot)),
    ...[...trieNodes.range({})].map(([key]) => trieNodes.delete(key)),
  ];
}
