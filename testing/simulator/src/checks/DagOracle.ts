import { NaiveGhostdag } from "@trellis/kit";
import {
  type Block,
  bodyRoot,
  CHAIN_GAS_MAX,
  compactToTarget,
  type Hash,
  type Header,
  headerHash,
  type NetworkParameters,
  nextBaseFee,
  workOfTarget,
} from "@trellis/protocol";
import type { SealWork } from "../node/sharedWork.ts";

interface KnownBlock {
  readonly block: Block;
  readonly selectedParent: Hash | undefined;
  /** In execution order. Excludes the selected parent. */
  readonly mergeset: readonly Hash[];
  readonly reds: ReadonlySet<Hash>;
  readonly supplyWei: bigint;
}

export interface OracleOptions {
  readonly shard?: number;
  /** To which governance changes the gas limit. */
  readonly nextGasLimit?: bigint | undefined;
}

export type Demand = (holds: boolean, rule: string, facts: Record<string, unknown>) => void;

/** Naive GHOSTDAG and header rules, independent of the node's code. */
export class DagOracle {
  readonly #parameters: NetworkParameters;
  readonly #work: SealWork;
  readonly #naive: NaiveGhostdag;
  readonly #shard: number;
  readonly #nextGasLimit: bigint | undefined;
  readonly #known = new Map<Hash, KnownBlock>();
  /** Executed with the next gas limit. */
  readonly #changed = new Set<Hash>();

  constructor(
    parameters: NetworkParameters,
    work: SealWork,
    { shard = 0, nextGasLimit }: OracleOptions = {},
  ) {
    this.#parameters = parameters;
    this.#nextGasLimit = nextGasLimit;
    this.#shard = shard;
    this.#work = work;
    this.#naive = new NaiveGhostdag(parameters.ghostdagK);
  }

  get(hash: Hash): KnownBlock | undefined {
    return this.#known.get(hash);
  }

  get size(): number {
    return this.#known.size;
  }

  values(): Iterable<KnownBlock> {
    return this.#known.values();
  }

  addGenesis(block: Block): void {
    if (this.#known.has(block.hash)) return;
    this.#naive.add({ hash: block.hash, parents: [], work: this.#workOf(block.header) });
    const supplyWei = this.#parameters.genesis.accounts.reduce((sum, { balance }) => sum + balance, 0n);
    this.#known.set(block.hash, {
      block,
      selectedParent: undefined,
      mergeset: [],
      reds: new Set(),
      supplyWei,
    });
  }

  add(block: Block, demand: Demand): void {
    if (this.#known.has(block.hash)) return;
    const { header } = block;
    const unknown = header.parents.filter((parent) => !this.#known.has(parent));
    demand(unknown.length === 0, "parents come before children", { unknown: unknown.join() });
    if (unknown.length > 0) return;
    const colours = this.#naive.add({
      hash: block.hash,
      parents: header.parents,
      work: this.#workOf(header),
    })!;
    this.#checkHeader(block, demand);
    const { selectedParent, mergeset, blueScore, blueWork } = colours;
    const reds = new Set(colours.reds);
    demand(header.parents[0] === selectedParent, "the selected parent comes first", { selectedParent });
    demand(header.blueScore === blueScore, "blue score", { got: header.blueScore, expected: blueScore });
    demand(header.blueWork === blueWork, "blue work", { got: header.blueWork, expected: blueWork });
    const { number } = this.#known.get(selectedParent)!.block.header;
    demand(header.number === number + 1, "number", { got: header.number });
    const supplyWei = this.#supplyAfter(block, selectedParent, mergeset, reds);
    this.#known.set(block.hash, { block, selectedParent, mergeset, reds, supplyWei });
  }

  isChainAncestor(ancestor: Hash, block: Hash): boolean {
    return this.#naive.isChainAncestor(ancestor, block);
  }

  isAncestor(ancestor: Hash, block: Hash): boolean {
    return this.#naive.isAncestor(ancestor, block);
  }

  #workOf({ bits, stream }: Header): bigint {
    return workOfTarget(compactToTarget(bits)) * (this.#parameters.streams[stream]?.workWeight ?? 0n);
  }

  #checkHeader(block: Block, demand: Demand): void {
    const { header, body, hash } = block;
    const { streams, parentsMax, extraBytesMax } = this.#parameters;
    demand(headerHash(header) === hash, "the hash is the header's", {});
    demand(header.bodyRoot === bodyRoot(body), "body root", {});
    demand(streams[header.stream] !== undefined, "stream", { stream: header.stream });
    demand(header.shard === this.#shard, "shard", { shard: header.shard });
    demand(header.parents.length <= parentsMax, "parents", { count: header.parents.length });
    demand(header.extra.length <= extraBytesMax, "extra", { bytes: header.extra.length });
    demand(this.#work.verify(header), "proof of work", { bits: header.bits });
    const { difficulty, genesisBits } = streams[header.stream]!;
    demand(difficulty !== "fixed" || header.bits === genesisBits, "bits", { got: header.bits, genesisBits });
    demand((header.anchor !== undefined) === (this.#parameters.sharding !== undefined), "anchor", {});
    for (const parent of header.parents) {
      const named = this.#known.get(parent)!.block.header.anchor?.number ?? 0;
      const isNewer = this.#shard === 0 || named <= (header.anchor?.number ?? 0);
      demand(isNewer, "no anchor is older than a parent's", { parent, named });
      const above = header.parents.find((other) => other !== parent && this.#naive.isAncestor(parent, other));
      demand(above === undefined, "no parent is another's ancestor", { parent, above });
    }
  }

  checkExecuted(hash: Hash, demand: Demand): void {
    const { block, selectedParent } = this.#known.get(hash)!;
    if (selectedParent === undefined) return;
    const { header } = block;
    const parent = this.#known.get(selectedParent)!;
    const { header: parentHeader } = parent.block;
    const carriers = parent.selectedParent === undefined ? 1 : parent.mergeset.length + 1;
    const feeAfter = (gasLimit: bigint): bigint =>
      nextBaseFee(this.#parameters, {
        baseFee: parentHeader.baseFee,
        gasUsed: parentHeader.gasUsed,
        gasLimit: smaller(gasLimit * BigInt(carriers), CHAIN_GAS_MAX),
      });
    const { gasLimit } = this.#parameters;
    const isOld = !this.#changed.has(parent.selectedParent!) && header.baseFee === feeAfter(gasLimit);
    // No value returns to a former one. [GOV-3]
    if (!isOld) this.#changed.add(selectedParent);
    const expected = feeAfter(isOld ? gasLimit : (this.#nextGasLimit ?? gasLimit));
    demand(header.baseFee === expected, "base fee", { got: header.baseFee, expected });
    const isFinalOnChain =
      this.#known.has(header.finalized) && this.isChainAncestor(header.finalized, selectedParent);
    demand(isFinalOnChain, "what is final is on the chain", { finalized: header.finalized });
  }

  #supplyAfter(
    { header }: Block,
    selectedParent: Hash,
    mergeset: readonly Hash[],
    reds: ReadonlySet<Hash>,
  ): bigint {
    const { streams } = this.#parameters;
    const blues = mergeset
      .filter((hash) => !reds.has(hash))
      .map((hash) => this.#known.get(hash)!.block.header);
    const mintedWei = [...blues, header].reduce((sum, { stream }) => sum + streams[stream]!.subsidyWei, 0n);
    return (
      this.#known.get(selectedParent)!.supplyWei +
      mintedWei -
      burnedWei(header.gasUsed, header.baseFee, this.#parameters)
    );
  }
}

export function burnedWei(
  gasUsed: bigint,
  baseFee: bigint,
  { treasuryShareBasisPoints }: Pick<NetworkParameters, "treasuryShareBasisPoints">,
): bigint {
  const spentWei = gasUsed * baseFee;
  return spentWei - (spentWei * BigInt(treasuryShareBasisPoints)) / 10_000n;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
