import { bytesToHex, hexToBytes, isTrellisError, runPaced } from "@trellis/base";
import { readEpoch } from "@trellis/contracts";
import {
  type ChainPlace,
  type Hash,
  type StateExchange,
  type StateRange,
  ZERO_HASH,
} from "@trellis/protocol";
import { readRangeInSteps } from "@trellis/storage";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { stateErrors } from "../state/errors.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { storeErrors } from "../store/errors.ts";
import { completeStateImport } from "./completeStateImport.ts";
import { importHeaders, requireNothingExecuted } from "./importHeaders.ts";
import { MissingRanges } from "./MissingRanges.ts";
import { PastImporter } from "./past/PastImporter.ts";
import { PastServer } from "./past/PastServer.ts";
import { blocksWithRecords, isRecorded, RecordImporter } from "./RecordImporter.ts";
import { ResumableStateImport } from "./ResumableStateImport.ts";
import type { StateSyncOptions, StateSyncPorts, SyncQueue } from "./StateSyncPorts.ts";

export function exchangeStates(
  options: StateSyncOptions,
  ports: StateSyncPorts,
  queue: SyncQueue,
): StateExchange {
  const { tables, states } = ports;
  const { votes, finalityDepth } = options.parameters;
  const pasts = new PastServer(options.parameters, ports, ports.clock);
  const known: { stateImport: ResumableStateImport | undefined } = {
    stateImport: storedStateImport(options, ports, queue),
  };
  return {
    stateRange: (...request) => stateRange(ports, ...request),
    code: (hash) => states.code(hash),
    kept: () => states.keptBlocks(),
    get trustDepth() {
      return hasVoters(ports) ? votes.depth : finalityDepth;
    },
    chainPlace: (block, on) => chainPlace(ports, block, on),
    canImport: (block) => canImport(ports, block),
    startRecords: (block) => startRecords(ports, queue, block),
    pastOf: (checkpoint, after, countMax) => pasts.page(checkpoint, after, countMax),
    startPast: (checkpoint) => new PastImporter(options.parameters, ports, queue, checkpoint),
    importHeaders: (headers) => importHeaders(options.parameters, ports, queue, headers),
    currentImport: () => (tables.meta.has("adopting") ? known.stateImport : undefined),
    async startImport(block) {
      const isBegun = (): boolean => tables.meta.has("adopting") && known.stateImport?.block === block;
      if (isBegun()) return known.stateImport!;
      requireImportable(ports, queue, block);
      await known.stateImport?.giveUp();
      return queue.exclusively(async () => {
        if (!isBegun()) {
          requireImportable(ports, queue, block);
          known.stateImport = await begin(options, ports, queue, block);
        }
        return known.stateImport!;
      });
    },
  };
}

/** Votes secure a new node's first blocks only if validators vote from genesis, or in shard 0's trusted state. */
function hasVoters({ states, voters }: StateSyncPorts): boolean {
  const newest = voters?.newest();
  if (newest !== undefined) return (voters!.votersOf(newest.epoch) ?? []).length > 0;
  return readEpoch(states.reader(states.baseHash)).isHandedOver;
}

function chainPlace({ blocks, chainDag }: KnownBlocks, block: Hash, on: Hash): ChainPlace | undefined {
  const { dag } = chainDag;
  if (!dag.has(block) || !dag.has(on) || !dag.isChainAncestor(block, on)) return undefined;
  const { number, blueWork, blueScore } = blocks.storedHeader(block);
  return { number, blueWork, depth: blocks.storedHeader(on).blueScore - blueScore };
}

/** Children execute with the values and records of the block's own anchor. [SHARD-12] [SHARD-14.5] */
function canImport(ports: StateSyncPorts, block: Hash): boolean {
  const { blocks, anchored } = ports;
  const { anchor, shard } = blocks.storedHeader(block);
  if (anchor === undefined || anchor.hash === ZERO_HASH) return true;
  if (shard === 0) return blocksWithRecords(ports, block) !== undefined;
  try {
    return anchored?.find(anchor) !== undefined;
  } catch (error) {
    if (isTrellisError(error, "STATE_UNAVAILABLE")) return false;
    throw error;
  }
}

function startRecords(ports: StateSyncPorts, queue: SyncQueue, block: Hash): RecordImporter | undefined {
  const needed = blocksWithRecords(ports, block);
  const isMissing = needed?.some((each) => !isRecorded(ports, each));
  return isMissing === true ? new RecordImporter(ports, queue, needed!) : undefined;
}

async function stateRange(
  { states, pace }: StateSyncPorts,
  block: Hash,
  owner: Hash | undefined,
  from: Hash,
  bytesMax: number,
): Promise<StateRange> {
  try {
    const trie = states.trieToGive(block, owner);
    const range = readRangeInSteps(trie, hexToBytes(from), bytesMax);
    const { entries, proof, isEnd } = await runPaced(range, pace);
    return { entries: entries.map(({ key, value }) => ({ key: bytesToHex(key), value })), proof, isEnd };
  } catch (cause) {
    if (isTrellisError(cause, "STATE_UNAVAILABLE")) throw cause;
    // While the base moves, its nodes may belong to the next state.
    throw stateErrors.STATE_UNAVAILABLE({ block }, cause);
  }
}

function storedStateImport(
  options: StateSyncOptions,
  ports: StateSyncPorts,
  queue: SyncQueue,
): ResumableStateImport | undefined {
  const block = ports.tables.meta.get("adopting");
  return block === undefined ? undefined : stateImportOf(options, ports, queue, bytesToHex(block));
}

function stateImportOf(
  options: StateSyncOptions,
  ports: StateSyncPorts,
  queue: SyncQueue,
  block: Hash,
): ResumableStateImport {
  return new ResumableStateImport(ports, queue, block, () =>
    completeStateImport(options, ports, queue, block),
  );
}

function requireImportable(ports: StateSyncPorts, queue: SyncQueue, block: Hash): void {
  requireNothingExecuted(ports, queue);
  const isHeader = ports.chainDag.dag.has(block) && block !== queue.sink;
  if (!isHeader) throw storeErrors.BLOCK_UNKNOWN({ block });
}

async function begin(
  options: StateSyncOptions,
  ports: StateSyncPorts,
  queue: SyncQueue,
  block: Hash,
): Promise<ResumableStateImport> {
  const { blocks, tables } = ports;
  const { stateRoot } = blocks.storedHeader(block);
  const missing = new MissingRanges(tables);
  const isPartlyHere = [...tables.importedNodes.range({ countMax: 1 })].length > 0;
  const batch = new ChainBatch();
  batch.write([...missing.removeAccounts(), ...missing.addAccounts(stateRoot, isPartlyHere)]);
  batch.put(tables.meta, "adopting", hexToBytes(block));
  await queue.commit(batch);
  return stateImportOf(options, ports, queue, block);
}
