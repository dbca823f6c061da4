import { bytesToHex, hexToBytes } from "@trellis/base";
import {
  type Anchor,
  type Block,
  createGenesis,
  EMPTY_TRIE_ROOT,
  type Hash,
  type NetworkParameters,
  type VoteDomain,
  ZERO_HASH,
} from "@trellis/protocol";
import {
  type KeyReader,
  type KeyValueStore,
  knownVersion,
  migrate,
  schemaVersion,
  storageErrors,
} from "@trellis/storage";
import { ChainDag } from "../consensus/ChainDag.ts";
import type { AnchoredState } from "../consensus/rules/AnchoredState.ts";
import { Executor } from "../execution/Executor.ts";
import { CertificateStore } from "../finality/certificates/CertificateStore.ts";
import { SetChanges } from "../finality/certificates/SetChanges.ts";
import { FinalLimit } from "../finality/FinalLimit.ts";
import { Epochs } from "../finality/validatorSets/Epochs.ts";
import { AnchoredStates, readAnchoredState } from "../shards/AnchoredStates.ts";
import { AnchorTable } from "../shards/AnchorTable.ts";
import { type KeepShardData, keepAnchors } from "../shards/keepAnchors.ts";
import { keepMessages } from "../shards/keepMessages.ts";
import { type RecordAt, recordsOf } from "../shards/recordsOf.ts";
import { flattenGenesis } from "../state/flattenGenesis.ts";
import { genesisChanges } from "../state/genesisChanges.ts";
import { keepsState } from "../state/keepsState.ts";
import { keptHistory } from "../state/keptHistory.ts";
import { StateStore } from "../state/StateStore.ts";
import { BlockStore } from "../store/BlockStore.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { CommittedStore } from "../store/CommittedStore.ts";
import { CHAIN_SCHEMA, type ChainTables, openChainTables } from "../store/tables.ts";
import type { ChainOptions, ChainPorts } from "./ChainOptions.ts";
import { chainErrors } from "./errors.ts";
import { Pruner } from "./Pruner.ts";

export interface OpenedChain {
  readonly genesisHash: Hash;
  readonly sink: Hash;
  readonly store: CommittedStore;
  readonly tables: ChainTables;
  readonly blocks: BlockStore;
  readonly chainDag: ChainDag;
  readonly states: StateStore;
  readonly executor: Executor;
  readonly epochs: Epochs;
  /** In networks with several shards. */
  readonly anchored: AnchoredStates | undefined;
  readonly anchorTable: AnchorTable | undefined;
  readonly keepShardData: KeepShardData | undefined;
  /** In shard n > 0. */
  readonly recordAt: RecordAt | undefined;
  readonly certificates: CertificateStore;
  readonly setChanges: SetChanges;
  readonly finalLimit: FinalLimit;
  readonly pruner: Pruner;
}

export async function openChain(options: ChainOptions, ports: ChainPorts): Promise<OpenedChain> {
  const { parameters } = options;
  await migrateChain(ports.store);
  const store = new CommittedStore(ports.store);
  const tables = openChainTables(store);
  const genesis = genesisOf(options);
  const stored = tables.meta.get("genesis");
  if (stored === undefined) await writeGenesis(options, store, tables, genesis);
  else if (bytesToHex(stored) !== genesis.hash) {
    throw chainErrors.GENESIS_MISMATCH({ stored: bytesToHex(stored), expected: genesis.hash });
  }
  const baseHash = readHash(tables, "base");
  const sink = readHash(tables, "sink");
  const blocks = new BlockStore(tables);
  const base = blocks.storedHeader(baseHash);
  const history = keptHistory(options, tables, blocks, base.number);
  const isImported = tables.meta.has("adopted");
  const keeps = keepsState(options, blocks, ports.clock);
  const { changesPerMove } = options;
  const states = new StateStore(
    { history, isImported, keeps, changesPerMove, origin: ports.origin },
    tables,
    baseHash,
    base.stateRoot,
  );
  const chainDag = ChainDag.load(parameters, tables);
  const parentOf = (block: Hash): Hash | undefined => chainDag.selectedParent(block);
  const domainOf = shardDomains(options);
  const epochs = new Epochs(parameters, genesis.hash, parentOf, ports.voteSignatures, domainOf);
  const { count } = parameters.sharding ?? {};
  const anchorTable = count === undefined ? undefined : new AnchorTable(tables, count);
  const anchored = anchorTable && anchoredStates(options, ports, { blocks, states, anchorTable });
  const executor = new Executor({ ...ports, parameters, blocks, chainDag, epochs, states, anchored });
  const recordAt = options.shard > 0 ? recordsOf(options.shard, genesis.hash, anchored) : undefined;
  const certificates = new CertificateStore(tables);
  const setChanges = new SetChanges(options.isArchive, { tables, blocks, epochs, states, certificates });
  const finalLimit = new FinalLimit({ blocks, chainDag }, states, options.shard > 0);
  const pruner = new Pruner(options, tables, blocks, chainDag);
  return {
    genesisHash: genesis.hash,
    sink,
    store,
    tables,
    blocks,
    chainDag,
    states,
    executor,
    epochs,
    anchored,
    anchorTable,
    keepShardData:
      anchorTable &&
      keepShardData(
        { shard: options.shard, count: count! },
        { tables, blocks, chainDag, states, anchored: anchored!, table: anchorTable },
      ),
    recordAt,
    certificates,
    setChanges,
    finalLimit,
    pruner,
  };
}

/** @throws SCHEMA_UNSUPPORTED */
export function migrateChain(store: KeyValueStore): Promise<readonly string[]> {
  return migrate(store, CHAIN_SCHEMA);
}

/** 0 for an empty store. @throws SCHEMA_UNSUPPORTED */
export function storedSchema(store: KeyReader): number {
  return knownVersion(store, CHAIN_SCHEMA) ?? 0;
}

function genesisOf({ parameters, shard }: Pick<ChainOptions, "parameters" | "shard">): Block {
  const nothing = openChainTables({ get: () => undefined, has: () => false, range: () => [] });
  const states = new StateStore({}, nothing, ZERO_HASH, EMPTY_TRIE_ROOT);
  const layer = states.derive(ZERO_HASH, 0, genesisChanges(parameters.genesis.accounts));
  return createGenesis(parameters, layer.root, shard);
}

/** The own table comes first: shard 0 may not be open yet, or its store may have lost more. */
function anchoredStates(
  { parameters, shard }: ChainOptions,
  { anchors }: Pick<ChainPorts, "anchors">,
  { blocks, states, anchorTable }: { blocks: BlockStore; states: StateStore; anchorTable: AnchorTable },
): AnchoredStates {
  const { count } = parameters.sharding!;
  const own = (anchor: Anchor): AnchoredState =>
    readAnchoredState(anchor, count, {
      root: blocks.storedHeader(anchor.hash).stateRoot,
      reader: states.reader(anchor.hash),
    });
  return new AnchoredStates((anchor) => {
    const stored = anchorTable.at(anchor.number);
    if (stored?.records[0]?.hash === anchor.hash) return stored;
    return shard === 0 ? own(anchor) : anchors?.stateOf(anchor.hash);
  });
}

function keepShardData(
  options: Parameters<typeof keepAnchors>[0],
  ports: Parameters<typeof keepAnchors>[1] & Parameters<typeof keepMessages>[0],
): KeepShardData {
  const parts = [keepAnchors(options, ports), keepMessages(ports)];
  return (batch, move) => {
    for (const keep of parts) keep(batch, move);
  };
}

/** What validators sign for the other shards. [FINAL-1] [SHARD-16.1] */
function shardDomains({ parameters, shard }: ChainOptions): (shard: number) => VoteDomain | undefined {
  const { others = [], ...sharding } = parameters.sharding ?? {};
  const known = new Map<number, VoteDomain>();
  return (other) => {
    const chain = shard === 0 ? others[other - 1] : undefined;
    if (chain === undefined) return undefined;
    const { chainId } = chain;
    const own = { ...parameters, ...chain, sharding } as NetworkParameters;
    const domain = known.get(other) ?? {
      chainId,
      genesisHash: genesisOf({ parameters: own, shard: other }).hash,
    };
    known.set(other, domain);
    return domain;
  };
}

async function writeGenesis(
  options: ChainOptions,
  store: CommittedStore,
  tables: ChainTables,
  genesis: Block,
): Promise<void> {
  const blocks = new BlockStore(tables);
  const batch = new ChainBatch();
  const chainBlock = blocks.addGenesis(batch, genesis, options.parameters.gasLimit);
  blocks.moveChain(batch, [], [chainBlock]);
  flattenGenesis(batch, options.parameters, tables, genesis.hash);
  ChainDag.begin(batch, options.parameters, tables, genesis);
  batch.write([schemaVersion(CHAIN_SCHEMA)]);
  for (const name of ["genesis", "base", "sink"]) batch.put(tables.meta, name, hexToBytes(genesis.hash));
  await batch.commit(store);
}

function readHash({ meta }: ChainTables, name: "base" | "sink"): Hash {
  const value = meta.get(name);
  if (value === undefined) throw storageErrors.STORE_CORRUPT({ missing: name });
  return bytesToHex(value);
}
