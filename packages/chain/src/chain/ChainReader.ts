import { hexToBytes } from "@trellis/base";
import { isKeyValid } from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import {
  type AccountProof,
  type Address,
  type Block,
  type BlockContext,
  type BlockInput,
  type BlockSimulationInput,
  type CallEvm,
  type ChainBlock,
  type ChainEvent,
  type ChainHeader,
  type ChainView,
  compactToTarget,
  type DagBlock,
  type DagHeader,
  deliveryHash,
  EMPTY_TRIE_ROOT,
  type Evm,
  genesisNumber,
  type Hash,
  type Header,
  type Message,
  type NetworkParameters,
  type OpeningCall,
  type Simulation,
  type StateReader,
  type StoredSlot,
  type StreamStatus,
  type TransactionStatus,
  workOfTarget,
} from "@trellis/protocol";
import type { Dag } from "../consensus/index.ts";
import type { AnchoredState } from "../consensus/rules/AnchoredState.ts";
import { blockContextOf } from "../execution/blockContext.ts";
import { baseFeeAfter, gasLimitAfter } from "../execution/blockRules.ts";
import type { Executor } from "../execution/Executor.ts";
import { blockInputOf } from "../execution/executeBlock.ts";
import type { Epochs } from "../finality/validatorSets/Epochs.ts";
import type { AnchoredStates } from "../shards/AnchoredStates.ts";
import type { AnchorTable } from "../shards/AnchorTable.ts";
import type { CarriedMessages } from "../shards/carryMessages.ts";
import { keptMessage } from "../shards/keepMessages.ts";
import { stateErrors } from "../state/errors.ts";
import { findSlots } from "../state/findSlots.ts";
import type { HistoryStart, StateStore } from "../state/StateStore.ts";
import { storeErrors } from "../store/errors.ts";
import type { ControlSettings } from "./ChainControl.ts";
import { createSimulation } from "./createSimulation.ts";
import type { EventStream } from "./EventStream.ts";
import { chainErrors } from "./errors.ts";
import type { Importer } from "./Importer.ts";
import { type OldestBlockPorts, oldestBlock } from "./oldestBlock.ts";

const SAFE_DEPTH = 10;
const STREAM_WINDOW_BLOCKS = 1_000;

interface ChainReaderPorts extends OldestBlockPorts {
  readonly settings: () => ControlSettings;
  readonly states: StateStore;
  readonly parameters: NetworkParameters;
  readonly epochs: Epochs;
  readonly anchored: AnchoredStates | undefined;
  readonly anchorTable: AnchorTable | undefined;
  readonly executor: Executor;
  readonly evm: Evm;
  readonly callEvm?: CallEvm | undefined;
}

export class ChainReader implements ChainView {
  readonly #ports: ChainReaderPorts;
  readonly #importer: Importer;
  readonly #events: EventStream;
  readonly genesisHash: Hash;
  readonly #contexts = new WeakMap<ChainHeader, BlockContext>();
  readonly simulation: Simulation;

  constructor(ports: ChainReaderPorts, importer: Importer, events: EventStream, genesisHash: Hash) {
    this.#ports = ports;
    this.#importer = importer;
    this.#events = events;
    this.genesisHash = genesisHash;
    this.simulation = createSimulation({
      evm: ports.evm,
      callEvm: ports.callEvm,
      rules: rulesOf(ports.parameters),
      chainBlock: (hash) => this.#executed(hash),
      chainHeader: (hash) => this.#executedHeader(hash),
      stateAt: (hash) => this.stateAt(hash),
      context: (block) => this.#contextOf(block),
      blockInput: (block) => this.#inputOf(block),
    });
  }

  get parameters(): NetworkParameters {
    return this.#ports.parameters;
  }

  head(): ChainBlock {
    return this.#executed(this.#importer.sink);
  }

  safe(): ChainBlock {
    const number = this.head().header.number - SAFE_DEPTH;
    return number <= this.#finalNumber() ? this.finalized() : this.blockByNumber(number)!;
  }

  finalized(): ChainBlock {
    return this.#executed(this.#ports.states.baseHash);
  }

  oldestNumber(): number {
    const { number } = oldestBlock(this.#ports);
    return number <= genesisNumber(this.parameters) ? number : number + 1;
  }

  oldestState(): HistoryStart {
    const { number } = this.finalized().header;
    return this.#ports.states.historyStart ?? { reads: number, proofs: number };
  }

  hashByNumber(number: number): Hash | undefined {
    return this.#ports.blocks.hashByNumber(number);
  }

  blockByNumber(number: number): ChainBlock | undefined {
    const hash = this.#ports.blocks.hashByNumber(number);
    if (hash === undefined) return undefined;
    return number < this.oldestNumber() ? this.#ports.blocks.chainBlock(hash) : this.#executed(hash);
  }

  blockByHash(hash: Hash): ChainBlock | undefined {
    return this.#ports.blocks.storedChainBlock(hash);
  }

  /** In shard 0, with several shards. Undefined above the final block, and below the oldest block. [SHARD-22] */
  anchorAt(number: number): AnchoredState | undefined {
    return this.#ports.anchorTable?.at(number);
  }

  /** Sent by a final block, and not acknowledged in the final state. [SHARD-23] */
  keptMessage(destination: number, index: number): Message | undefined {
    return keptMessage(this.#ports.tables, destination, index);
  }

  chainHeader(hash: Hash): ChainHeader | undefined {
    return this.#ports.blocks.storedChainHeader(hash);
  }

  header(hash: Hash): Header | undefined {
    const { blocks } = this.#ports;
    return blocks.isUnstored(hash) ? undefined : blocks.header(hash);
  }

  isOnSelectedChain(hash: Hash): boolean {
    const { dag } = this.#ports.chainDag;
    return dag.has(hash) && dag.isChainAncestor(hash, this.#importer.sink);
  }

  removedBlock(hash: Hash): ChainBlock | undefined {
    return this.#ports.blocks.abandoned(hash);
  }

  isAtHand(hash: Hash): boolean {
    return this.#ports.blocks.isAtHand(hash);
  }

  executorsOf(transaction: Hash): readonly Hash[] {
    const { blocks } = this.#ports;
    const executors = new Set<Hash>();
    for (const carrier of blocks.carriersOf(transaction)) {
      const executor = blocks.mergedBy(carrier);
      if (executor !== undefined) executors.add(executor);
    }
    return [...executors];
  }

  locate(
    transaction: Hash,
    executors = this.executorsOf(transaction),
  ): { readonly block: ChainBlock; readonly index: number } | undefined {
    const { blocks } = this.#ports;
    for (const hash of executors) {
      const block = this.#executed(hash);
      const index = blocks.indexIn(block, transaction);
      if (index !== undefined) return { block, index };
    }
    return undefined;
  }

  transactionStatus(transaction: Hash): TransactionStatus {
    const { blocks } = this.#ports;
    const carriers = blocks.carriersOf(transaction);
    if (carriers.length === 0) return { kind: "unknown" };
    const place = this.locate(transaction);
    if (place === undefined) return this.#unacceptedStatus(transaction, carriers);
    const { header, hash } = place.block;
    return {
      kind: header.number <= this.#finalNumber() ? "finalized" : "accepted",
      carriers,
      block: hash,
      blockNumber: header.number,
      index: place.index,
      confirmations: this.head().header.number - header.number,
    };
  }

  nextBaseFee(): bigint {
    return this.#ports.settings().baseFee ?? baseFeeAfter(this.#ports, this.#importer.sink);
  }

  nextGasLimit(): bigint {
    const { settings, states } = this.#ports;
    return settings().gasLimit ?? gasLimitAfter(this.#ports, states, this.#importer.sink);
  }

  stateAt(block: Hash): StateReader {
    return this.#ports.states.reader(block);
  }

  slotsAt(block: Hash, address: Address, from: Hash, countMax: number): StoredSlot[] {
    return findSlots(this.#wholeStates(block), { block, address, from, countMax });
  }

  proofAt(block: Hash, address: Address): AccountProof {
    const states = this.#wholeStates(block);
    const accountTrie = states.accountTrie(block);
    const account = states.account(block, address);
    return {
      account,
      storageRoot: account?.storageRoot ?? EMPTY_TRIE_ROOT,
      accountProof: accountTrie.prove(keccak256(hexToBytes(address))),
      proveSlot: (slot) => ({
        value: states.reader(block).storage(address, slot),
        // Loaded per slot: an earlier trie could read nodes of a later state.
        proof: states.storageTrie(block, address).prove(keccak256(hexToBytes(slot))),
      }),
    };
  }

  tips(): readonly Hash[] {
    const { blocks, chainDag } = this.#ports;
    // Until a state is imported, only genesis has a body.
    if (this.#importer.awaitsState) return [this.genesisHash];
    return tipsAmong(chainDag.dag, (hash) => !blocks.isUnstored(hash));
  }

  block(hash: Hash): Block | undefined {
    const { blocks } = this.#ports;
    return blocks.isUnstored(hash) ? undefined : blocks.block(hash);
  }

  dagBlock(hash: Hash): DagBlock | undefined {
    const { blocks } = this.#ports;
    const { dag } = this.#ports.chainDag;
    const block = dag.has(hash) ? this.block(hash) : undefined;
    if (block === undefined) return undefined;
    const { selectedParent, merged } = dag.ghostdagDataOf(hash) ?? { selectedParent: undefined, merged: [] };
    const namesOf = (blue: boolean): Hash[] =>
      merged.filter(({ isBlue }) => isBlue === blue).map((other) => other.hash);
    const mergedBy = blocks.mergedBy(hash);
    return {
      hash,
      header: block.header,
      children: dag.children(hash).filter((child) => !blocks.isUnstored(child)),
      blues: selectedParent === undefined ? [] : [selectedParent, ...namesOf(true)],
      reds: namesOf(false),
      isChainBlock: mergedBy === hash,
      mergedBy,
      color: mergedBy === undefined ? undefined : this.#colorIn(mergedBy, hash),
      transactionHashes: block.body.transactions.map((transaction) => transaction.hash),
      isDisqualified: blocks.isDisqualified(hash),
    };
  }

  dagRange(fromBlueScore: number, toBlueScore: number, countMax: number): readonly DagHeader[] {
    const { chainDag, blocks } = this.#ports;
    return chainDag
      .hashesByBlueScore(fromBlueScore, toBlueScore, countMax, this.#thereCheck())
      .map((hash) => ({ hash, header: blocks.storedHeader(hash) }));
  }

  streams(): readonly StreamStatus[] {
    const { chainDag, parameters } = this.#ports;
    const counts = chainDag.recentByStream(STREAM_WINDOW_BLOCKS);
    return parameters.streams.map((stream, index) => {
      const bits = chainDag.nextBits(this.#importer.sink, index);
      return {
        name: stream.name,
        algorithm: stream.algorithm,
        bits,
        difficulty: workOfTarget(compactToTarget(bits)),
        targetIntervalMs: stream.targetIntervalMs,
        subsidyWei: stream.subsidyWei,
        recentBlocks: counts[index] ?? 0,
        windowBlocks: STREAM_WINDOW_BLOCKS,
      };
    });
  }

  counts(): { readonly blocks: number; readonly orphans: number } {
    const { blocks, chainDag } = this.#ports;
    return { blocks: chainDag.dag.size - blocks.unstoredCount, orphans: 0 };
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  blockContext(at: Hash): BlockContext {
    return this.#contextOf(this.#executedHeader(at));
  }

  #thereCheck(): (hash: Hash) => boolean {
    const { chainDag, blocks, tables } = this.#ports;
    if (this.#importer.awaitsState) return (hash) => hash === this.genesisHash;
    const oldest = oldestBlock(this.#ports);
    const first = genesisNumber(this.parameters);
    // Up to a day of headers precedes an imported state, too many to look up in the store.
    const isBelow = (hash: Hash): boolean =>
      oldest.number > first && chainDag.dag.isAncestor(hash, oldest.hash);
    return (hash) =>
      !isBelow(hash) && !blocks.isUnstored(hash) && !blocks.isBodyHidden(hash) && tables.bodies.has(hash);
  }

  /** Tries of a fork contain only what its blocks wrote. [DEV-7] */
  #wholeStates(block: Hash): StateStore {
    const { states } = this.#ports;
    if (!states.isForked) return states;
    throw stateErrors.STATE_INCOMPLETE({ block, forkedNumber: genesisNumber(this.parameters) - 1 });
  }

  #finalNumber(): number {
    return this.#ports.blocks.storedHeader(this.#ports.states.baseHash).number;
  }

  #executed(hash: Hash): ChainBlock {
    const block = this.#ports.blocks.chainBlock(hash);
    if (block === undefined) throw storeErrors.BLOCK_UNKNOWN({ block: hash });
    return block;
  }

  #executedHeader(hash: Hash): ChainHeader {
    const header = this.#ports.blocks.chainHeader(hash);
    if (header === undefined) throw storeErrors.BLOCK_UNKNOWN({ block: hash });
    return header;
  }

  #contextOf(block: ChainHeader): BlockContext {
    let context = this.#contexts.get(block);
    if (context === undefined) {
      context = this.#createContext(block);
      this.#contexts.set(block, context);
    }
    return context;
  }

  #createContext(block: ChainHeader): BlockContext {
    const { executor, parameters, blocks } = this.#ports;
    const parent = block.header.parents[0];
    const under = parent === undefined ? undefined : blocks.chainHeader(parent);
    return blockContextOf(parameters, block.header, {
      timestamp: block.timestamp,
      gasLimit: block.gasLimit,
      blockHash: (number) => executor.ancestorHash(under, number),
      prevRandao: blocks.overrideOf(block.header)?.prevRandao,
    });
  }

  async #inputOf({ hash, header }: ChainBlock) {
    const { chainDag, blocks, executor, parameters } = this.#ports;
    if (header.parents.length === 0) throw chainErrors.GENESIS_NOT_TRACEABLE();
    const block = blocks.storedBlock(hash);
    const senders = await executor.sendersOf(block);
    const ghostdag = chainDag.dag.ghostdagDataOf(hash)!;
    const state = this.stateAt(ghostdag.selectedParent);
    const rules = executor.rules(ghostdag, block.body, header, state);
    const { request } = await executor.prepare({ header, body: block.body, senders }, ghostdag, rules, state);
    const input = blockInputOf(parameters, request, isKeyValid);
    const placed = { ...input, ...tracedDeliveries(input, request.carried), hash };
    // An override changes the state that inputs on the same block share.
    return request.override === undefined ? { ...placed, stateBlock: ghostdag.selectedParent } : placed;
  }

  #unacceptedStatus(transaction: Hash, carriers: readonly Hash[]): TransactionStatus {
    for (const carrier of carriers) {
      const skipped = this.#merger(carrier)?.skipped.find(
        (entry) => entry.transactionHash === transaction && entry.carrier === carrier,
      );
      if (skipped !== undefined) return { kind: "skipped", carriers, reason: skipped.reason };
    }
    return { kind: "included", carriers };
  }

  #merger(carrier: Hash): ChainBlock | undefined {
    const merger = this.#ports.blocks.mergedBy(carrier);
    return merger === undefined ? undefined : this.#executed(merger);
  }

  #colorIn(merger: Hash, hash: Hash): "blue" | "red" {
    const merged = this.#ports.chainDag.dag
      .ghostdagDataOf(merger)
      ?.merged.find((other) => other.hash === hash);
    return merged?.isBlue === false ? "red" : "blue";
  }
}

/** Names the deliveries, which a block's execution need not. */
function tracedDeliveries(
  { openingCalls }: Pick<BlockInput, "openingCalls">,
  { messages }: CarriedMessages,
): Pick<BlockInput, "openingCalls"> {
  if (openingCalls === undefined) return {};
  const first = openingCalls.length - messages.length;
  const nameOf = (index: number): Partial<OpeningCall> =>
    index < first ? {} : { transactionHash: deliveryHash(messages[index - first]!) };
  return { openingCalls: openingCalls.map((call, index) => ({ ...call, ...nameOf(index) })) };
}

function tipsAmong(dag: Dag, isThere: (hash: Hash) => boolean): Hash[] {
  const tips = new Set<Hash>();
  const looked = new Set<Hash>(dag.tips());
  for (const hash of looked) {
    if (isThere(hash)) tips.add(hash);
    else for (const parent of dag.parents(hash)) looked.add(parent);
  }
  return [...tips].filter((hash) => !dag.children(hash).some(isThere)).sort((a, b) => dag.compare(b, a));
}

/** Workers get a copy, so it has no more fields. */
function rulesOf({
  baseFeeChangeDenominator,
  baseFeeMin,
  forks,
}: NetworkParameters): BlockSimulationInput["rules"] {
  return { baseFeeChangeDenominator, baseFeeMin, forks };
}
