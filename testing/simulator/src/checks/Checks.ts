import { type Chain, type ShardSupply, type StoreReport, verifyStore } from "@trellis/chain";
import { readEpoch, readInbox, readOutbox, SHARD_GATEWAY_ADDRESS, STAKING_ADDRESS } from "@trellis/contracts";
import type {
  Address,
  ChainBlock,
  ChainEvent,
  ChainView,
  Hash,
  NetworkParameters,
  PooledTransaction,
  StateReader,
} from "@trellis/protocol";
import { RECORDER, RECORDER_SLOTS } from "../node/SimNetwork.ts";
import { type NodeWitness, POOL_LIMITS, type SimNode } from "../node/SimNode.ts";
import type { SealWork } from "../node/sharedWork.ts";
import { REWARD_WEI } from "../votes/validators.ts";
import { EventDigest } from "../world/EventDigest.ts";
import { NOBODY, type World } from "../world/World.ts";
import { burnedWei, DagOracle, type Demand, type OracleOptions } from "./DagOracle.ts";
import type { Failure } from "./Failure.ts";
import { missedBlocks } from "./missedBlocks.ts";

export interface Forbidden {
  readonly kind: string;
  /** `dag`: nodes must reject the block. `chain`: it must never be on a selected chain. */
  readonly from: "dag" | "chain";
}

const GAUGES_MOST: readonly (readonly [string, number])[] = [
  ["trellis_sync_orphans", 1_024],
  ["trellis_sync_orphan_bytes", 64 * 1024 * 1024],
  ["trellis_sync_blocks_waiting", 8_192 + 1_024],
];

const NUMBER_MAX = 1_000_000;

/** Expensive checks run in `survey`. Stores the first failure, because nodes catch listeners' exceptions. */
export class Checks implements Pick<NodeWitness, "opened" | "mined" | "broken"> {
  failure: Failure | undefined;
  readonly oracle: DagOracle;
  readonly forbidden = new Map<Hash, Forbidden>();
  readonly made = new Set<Hash>();
  reorganisations = 0;
  readonly #world: World;
  readonly parameters: NetworkParameters;
  readonly #executions = new Map<Hash, string>();
  readonly #states = new Map<Hash, string>();
  readonly #held = new WeakMap<Chain, Set<Hash>>();
  readonly #finals = new Map<number, Hash>();
  readonly #finalNumbers = new WeakMap<Chain, number>();
  /** Finality may fork if more than a third of the stake is Byzantine. */
  readonly #mayFork: boolean;
  readonly #created = new Set<Address>();
  /** Fees of deliveries, on the chain up to each block. */
  readonly #unpaid = new Map<Hash, bigint>();

  constructor(
    world: World,
    parameters: NetworkParameters,
    work: SealWork,
    { mayFork = false, ...options }: OracleOptions & { readonly mayFork?: boolean | undefined } = {},
  ) {
    this.#mayFork = mayFork;
    this.#world = world;
    this.parameters = parameters;
    this.oracle = new DagOracle(parameters, work, options);
  }

  fail(check: string, node: number, facts: Record<string, unknown> = {}): void {
    if (this.failure !== undefined) return;
    const printed = Object.entries(facts).map(([name, fact]) => [name, String(fact)] as const);
    this.failure = {
      check,
      node,
      facts: Object.fromEntries(printed),
      event: this.#world.eventCount,
      atMs: this.#world.nowMs,
    };
    this.#world.note(node, "CHECK FAILED", check);
  }

  broken(node: SimNode, what: string, error: unknown): void {
    const isError = error instanceof Error;
    const cause = isError && error.cause instanceof Error ? error.cause.stack : "";
    this.fail(what, node.index, { error: isError ? error.stack : error, cause });
  }

  mined(hash: Hash): void {
    this.made.add(hash);
  }

  opened(node: SimNode, chain: Chain): void {
    const { view } = chain;
    const genesis = view.block(view.genesisHash);
    // The genesis block may be pruned.
    if (genesis !== undefined) this.oracle.addGenesis(genesis);
    this.#held.set(chain, new Set());
    for (const { hash } of view.dagRange(1, Number.MAX_SAFE_INTEGER, 100_000))
      this.#onBlock(node, chain, hash);
    for (const block of missedBlocks(view, ({ hash }) => this.#unpaid.has(hash))) this.#count(block);
    this.#onFinal(node, chain);
    chain.view.subscribe((event) => this.#onEvent(node, chain, event));
  }

  #onEvent(node: SimNode, chain: Chain, event: ChainEvent): void {
    this.#world.note(node.index, event.kind, factOf(event));
    if (event.kind === "block") this.#onBlock(node, chain, event.hash);
    if (event.kind === "added") this.#onAdded(node, chain, event.block);
    if (event.kind === "removed") this.#onRemoved(node, chain, event.block);
    if (event.kind === "finalized") this.#onFinal(node, chain);
  }

  #onBlock(node: SimNode, chain: Chain, hash: Hash): void {
    this.#held.get(chain)!.add(hash);
    const forbidden = this.forbidden.get(hash);
    if (forbidden?.from === "dag")
      this.fail("an invalid block is held", node.index, { hash, kind: forbidden.kind });
    if (this.oracle.get(hash) !== undefined) return;
    const block = chain.view.block(hash);
    if (block === undefined) return;
    this.oracle.add(block, this.#demandOf(node, hash));
  }

  #demandOf(node: SimNode, hash: Hash): Demand {
    return (holds, rule, facts) => {
      if (!holds) this.fail(`a block that breaks a rule is held: ${rule}`, node.index, { hash, ...facts });
    };
  }

  /** Results must be equal on all nodes, and execution must follow the naive order. */
  #onAdded(node: SimNode, { view }: Chain, block: ChainBlock): void {
    this.#count(block);
    const forbidden = this.forbidden.get(block.hash);
    if (forbidden !== undefined) {
      this.fail("an invalid block is on the selected chain", node.index, { hash: block.hash, ...forbidden });
    }
    if (block.header.number < view.oldestNumber()) return;
    const digest = digestOf(block);
    const known = this.#executions.get(block.hash);
    if (known === digest) return;
    if (known !== undefined) this.fail("a block executes differently", node.index, { hash: block.hash });
    this.#executions.set(block.hash, digest);
    const expected = this.oracle.get(block.hash);
    if (expected !== undefined) this.oracle.checkExecuted(block.hash, this.#demandOf(node, block.hash));
    const order = expected === undefined ? "" : [...expected.mergeset, block.hash].join();
    if (block.header.number > 0 && block.carriers.join() !== order) {
      this.fail("the order is not GHOSTDAG's", node.index, { hash: block.hash, got: block.carriers, order });
    }
  }

  /** Deliveries pay no fee, unlike the other gas used. [SHARD-13.3] */
  #count({ hash, header, deliveries = [], transactions }: ChainBlock): void {
    for (const { receipt } of transactions)
      if (receipt.contractAddress !== null) this.#created.add(receipt.contractAddress);
    const gas = deliveries.reduce((sum, { receipt }) => sum + receipt.gasUsed, 0n);
    const burned = burnedWei(header.gasUsed, header.baseFee, this.parameters);
    const paid = burnedWei(header.gasUsed - gas, header.baseFee, this.parameters);
    this.#unpaid.set(hash, (this.#unpaid.get(header.parents[0]!) ?? 0n) + burned - paid);
  }

  #onRemoved(node: SimNode, chain: Chain, { hash, header: { number } }: ChainBlock): void {
    this.reorganisations++;
    const final = this.#finalNumbers.get(chain) ?? 0;
    if (number <= final) this.fail("a final block is removed", node.index, { hash, number, final });
  }

  #onFinal(node: SimNode, chain: Chain): void {
    const { view } = chain;
    const finalized = view.finalized();
    this.#finalNumbers.set(chain, finalized.header.number);
    if (this.#mayFork) return;
    for (
      let at: ChainBlock | undefined = finalized;
      at !== undefined;
      at = view.blockByNumber(at.header.number - 1)
    ) {
      const { number } = at.header;
      const known = this.#finals.get(number);
      if (known === at.hash) return;
      if (known !== undefined) {
        this.fail("two blocks are final at one number", node.index, { number, got: at.hash, before: known });
      }
      this.#finals.set(number, at.hash);
    }
  }

  survey(nodes: readonly SimNode[]): void {
    for (const node of nodes) {
      const { chain } = node;
      if (chain === undefined || chain.failure() !== undefined) continue;
      this.#checkBounds(node, chain);
      this.#checkSink(node, chain);
      this.#checkState(node, chain);
    }
  }

  #checkBounds(node: SimNode, { pool }: Chain): void {
    const toCome = node.network?.syncing()?.highestBlock ?? 0;
    if (toCome > NUMBER_MAX) this.fail("a boast is taken for what is to come", node.index, { toCome });
    for (const [gauge, most] of GAUGES_MOST) {
      const value = node.gauges.get(gauge) ?? 0;
      if (value > most) this.fail("a node holds more than it may", node.index, { gauge, value, most });
    }
    const { pending, queued, bytes } = pool.status();
    if (pending + queued > POOL_LIMITS.countMax || bytes > POOL_LIMITS.bytesMax) {
      this.fail("the pool passes its limits", node.index, { pending, queued, bytes });
    }
  }

  /** The sink must be the heaviest valid block above the final block. */
  #checkSink(node: SimNode, chain: Chain): void {
    const { view } = chain;
    const held = this.#held.get(chain)!;
    const head = view.head();
    const certified = chain.checkpoints?.checkpoint().hash;
    const final = certified !== undefined && held.has(certified) ? certified : view.finalized().hash;
    const own = this.oracle.get(head.hash)!.block.header;
    for (const { block } of this.oracle.values()) {
      const { blueWork } = block.header;
      const isHeavier = blueWork > own.blueWork || (blueWork === own.blueWork && block.hash > head.hash);
      if (!isHeavier || !held.has(block.hash)) continue;
      if (!this.oracle.isChainAncestor(final, block.hash) || this.#isDoubtful(block.hash)) continue;
      this.fail("the sink is not the heaviest", node.index, { sink: head.hash, heavier: block.hash });
      return;
    }
  }

  #isDoubtful(hash: Hash): boolean {
    for (let at: Hash | undefined = hash; at !== undefined; at = this.oracle.get(at)!.selectedParent) {
      if (this.#executions.has(at)) return false;
      if (!this.made.has(at)) return true;
    }
    return false;
  }

  /** Nodes with equal sinks must have equal states. The supply must be exact. */
  #checkState(node: SimNode, { view }: Chain): void {
    const { hash } = view.head();
    const state = view.stateAt(hash);
    const holders = this.#holders();
    const digest = new EventDigest();
    for (const address of holders) {
      const account = state.account(address);
      digest.text(`${account?.nonce} ${account?.balance} ${account?.codeHash}`);
    }
    const { balances, issued, received } = this.supply(view);
    const supplyWei = issued + total(received);
    if (balances !== supplyWei)
      this.fail("coins are not conserved", node.index, { hash, sumWei: balances, supplyWei });
    for (const slot of RECORDER_SLOTS) digest.text(String(state.storage(RECORDER, slot)));
    // The sink alone must determine the next block's fields.
    digest.text(`${view.streams().map(({ bits }) => bits)} ${view.nextBaseFee()}`);
    const shape = ` of ${holders.size}`;
    const known = this.#states.get(hash);
    const value = `${digest.value()}${shape}`;
    if (known?.endsWith(shape) && known !== value) {
      this.fail("equal sinks have different states", node.index, { hash });
    }
    this.#states.set(hash, value);
  }

  /** At the sink. `issued` is without what was burned. */
  supply(view: ChainView): ShardSupply {
    const { hash, header } = view.head();
    const state = view.stateAt(hash);
    const balanceOf = (address: Address): bigint => state.account(address)?.balance ?? 0n;
    const others = Array.from({ length: this.parameters.sharding?.count ?? 0 }, (_, shard) => shard).filter(
      (shard) => shard !== header.shard,
    );
    return {
      shard: header.shard,
      balances: total([...this.#holders()].map((holder) => [holder, balanceOf(holder)])),
      issued: this.oracle.get(hash)!.supplyWei + issuedWei(state) + (this.#unpaid.get(hash) ?? 0n),
      burned: 0n,
      gatewayBalance: balanceOf(SHARD_GATEWAY_ADDRESS),
      sent: new Map(others.map((other) => [other, readOutbox(state, other).value])),
      received: new Map(others.map((other) => [other, readInbox(state, other).value])),
    };
  }

  /** All accounts that can have coins. */
  #holders(): ReadonlySet<Address> {
    const { genesis, treasury } = this.parameters;
    return new Set([
      ...genesis.accounts.map(({ address }) => address),
      ...[...this.oracle.values()].map(({ block }) => block.header.miner),
      ...[treasury, STAKING_ADDRESS],
      ...this.#created,
    ]);
  }

  checkDisk(node: SimNode): StoreReport | undefined {
    if (
      node.disk.content.get(Uint8Array.of(0)) === undefined &&
      [...node.disk.content.range({ countMax: 1 })].length === 0
    )
      return;
    const report = verifyStore(node.disk.content);
    if (report.problems.length > 0) {
      this.fail("the store contradicts itself", node.index, {
        problems: report.problems.slice(0, 3).join("; "),
      });
    }
    return report;
  }

  /** @param mustKnowAll true: includes blocks that can no longer be merged */
  difference(nodes: readonly SimNode[], mustKnowAll: boolean): string | undefined {
    const down = nodes.find(({ isUp }) => !isUp);
    if (down !== undefined) return `node ${down.index} is down`;
    const [first, ...others] = nodes;
    const { view } = first!.chain!;
    for (const other of others) {
      const pair = `nodes ${first!.index} and ${other.index}`;
      const views = [view, other.chain!.view];
      const sinks = views.map((each) => each.head());
      if (sinks[0]!.hash !== sinks[1]!.hash) {
        return `${pair} have the sinks ${sinks.map(({ hash, header }) => `${header.number} ${hash}`).join(" and ")}`;
      }
      const { finality, checkpoints } = first!.chain!;
      const isByDepth = finality.status().validators.length === 0 && checkpoints === undefined;
      if (isByDepth && !this.#agreeOnFinal(view, other.chain!.view)) return `${pair} differ on what is final`;
      const sizes = views.map((each) => each.counts().blocks);
      const areAlike = first!.isArchive === other.isArchive && first!.checkpoint === other.checkpoint;
      if (mustKnowAll && areAlike && sizes[0] !== sizes[1])
        return `${pair} know ${sizes.join(" and ")} blocks`;
    }
    return undefined;
  }

  /** A node that had a lighter sink with a higher blue score may have a higher final block. [EXEC-18] */
  #agreeOnFinal(a: ChainView, b: ChainView): boolean {
    const [lower, higher] = [a.finalized(), b.finalized()].sort((x, y) => x.header.number - y.header.number);
    const point = this.#finalityPoint(a.head().hash);
    return (
      this.oracle.isChainAncestor(point, lower!.hash) &&
      this.oracle.isChainAncestor(lower!.hash, higher!.hash)
    );
  }

  /** Lowest block that may be final. [DAG-9] */
  #finalityPoint(sink: Hash): Hash {
    let at = this.oracle.get(sink)!;
    const scoreEnd = at.block.header.blueScore - this.parameters.finalityDepth;
    while (at.selectedParent !== undefined && at.block.header.blueScore >= scoreEnd) {
      at = this.oracle.get(at.selectedParent)!;
    }
    return at.block.hash;
  }

  forgotten(nodes: readonly SimNode[], beforeMs: number): Hash[] {
    const price = 2n * nodes[0]!.chain!.view.nextBaseFee();
    const [first, ...others] = nodes.map(({ chain }) => minable(chain!, price));
    return [...first!.values()]
      .filter(({ admittedAtMs }) => admittedAtMs < beforeMs)
      .map(({ transaction }) => transaction.hash)
      .filter((hash) => others.every((pool) => pool.has(hash)));
  }

  newest(count: number): Hash[] {
    return [...this.oracle.values()].slice(-count).map(({ block }) => block.hash);
  }

  get redCount(): number {
    const reds = new Set<Hash>();
    for (const { reds: own } of this.oracle.values()) for (const red of own) reds.add(red);
    return reds.size;
  }

  liveness(what: string): void {
    this.fail("the network does not agree after faults have stopped", NOBODY, { what });
  }
}

function total(amounts: Iterable<readonly [unknown, bigint]>): bigint {
  let sum = 0n;
  for (const [, amount] of amounts) sum += amount;
  return sum;
}

/** Each epoch except the first ends by issuing the previous epoch's rewards. [STAKE-15] */
function issuedWei(state: StateReader): bigint {
  const { epoch } = readEpoch(state);
  return epoch > 1 ? BigInt(epoch - 1) * REWARD_WEI : 0n;
}

/** Per sender, transactions before the first whose fee cap does not exceed the price. */
function minable({ pool }: Chain, price: bigint): Map<Hash, PooledTransaction> {
  const paying = [...pool.content().pending.values()].flatMap((inOrder) => {
    const end = inOrder.findIndex(({ transaction }) => transaction.maxFeePerGas <= price);
    return end < 0 ? inOrder : inOrder.slice(0, end);
  });
  return new Map(paying.map((pooled) => [pooled.transaction.hash, pooled]));
}

function factOf(event: ChainEvent): string {
  if (event.kind === "block" || event.kind === "finalized") return event.hash.slice(0, 14);
  return `${event.block.header.number} ${event.block.hash.slice(0, 14)}`;
}

function digestOf(block: ChainBlock): string {
  const digest = new EventDigest();
  digest.text(block.carriers.join());
  digest.text(`${block.timestamp} ${block.gasLimit} ${block.prevRandao} ${block.size}`);
  for (const { receipt } of block.deliveries ?? [])
    digest.text(`${receipt.transactionHash}${receipt.status}${receipt.gasUsed}`);
  for (const { transaction, sender, carrier, receipt } of block.transactions) {
    digest.text(
      `${transaction.hash}${sender}${carrier}${receipt.status}${receipt.gasUsed}${receipt.effectiveGasPrice}`,
    );
    for (const { address, topics, data } of receipt.logs) {
      digest.text(`${address}${topics.join()}`);
      digest.bytes(data);
    }
  }
  for (const { transactionHash, carrier, reason } of block.skipped)
    digest.text(`${transactionHash}${carrier}${reason}`);
  return digest.value();
}
