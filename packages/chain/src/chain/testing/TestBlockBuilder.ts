import { silentLog, silentMetrics } from "@trellis/base";
import {
  type Address,
  type Anchor,
  type Block,
  type Body,
  type ChainBlock,
  type CrossShardLists,
  createBlock,
  type Evm,
  type Hash,
  type Header,
  type NetworkParameters,
  type Transaction,
} from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import { buildBatches } from "../../shards/buildBatches.ts";
import { ChainBatch } from "../../store/ChainBatch.ts";
import type { ChainPorts } from "../ChainOptions.ts";
import { draftHeader, withRoots } from "../draftHeader.ts";
import { type OpenedChain, openChain } from "../openChain.ts";
import { createTestEvm } from "./testEvm.ts";
import { GENESIS_MS, minerAddress, recoverSenders } from "./testNetwork.ts";

export interface MineOptions {
  readonly parents?: readonly (Block | Hash)[];
  readonly transactions?: readonly Transaction[];
  readonly certificates?: Body["certificates"];
  readonly evidence?: Body["evidence"];
  readonly crossLinks?: CrossShardLists["crossLinks"];
  /** Default: those that the rules demand, as far as there are outboxes. */
  readonly batches?: CrossShardLists["batches"];
  readonly anchor?: Anchor;
  readonly stream?: number;
  readonly miner?: Address;
  readonly timestampMs?: number;
  readonly tamper?: (header: Header) => Partial<Header>;
  readonly tamperBody?: (body: Body) => Body;
  readonly isKept?: boolean;
}

export type ShardOptions = { readonly shard: number } & Pick<ChainPorts, "anchors" | "outboxes">;

export class TestBlockBuilder {
  readonly parameters: NetworkParameters;
  readonly genesis: Block;
  readonly #chain: OpenedChain;
  readonly #blocks: Block[];
  readonly #batch = new ChainBatch();
  readonly #shard: ShardOptions;
  #nonce = 0n;

  private constructor(parameters: NetworkParameters, chain: OpenedChain, shard: ShardOptions) {
    this.#chain = chain;
    this.#shard = shard;
    this.parameters = parameters;
    this.genesis = chain.blocks.storedBlock(chain.genesisHash);
    this.#blocks = [this.genesis];
  }

  static async open(
    parameters: NetworkParameters,
    evm: Evm = createTestEvm(),
    { shard = 0, anchors, outboxes }: Partial<ShardOptions> = {},
  ): Promise<TestBlockBuilder> {
    const ports: ChainPorts = {
      store: createMemoryStore(),
      evm,
      recoverSenders,
      verifySeal: async () => true,
      clock: { nowMs: () => GENESIS_MS },
      log: silentLog,
      metrics: silentMetrics,
      anchors,
    };
    const chain = await openChain({ parameters, shard, isArchive: false }, ports);
    return new TestBlockBuilder(parameters, chain, { shard, anchors, outboxes });
  }

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  get dag() {
    return this.#chain.chainDag.dag;
  }

  executed({ hash }: Block): ChainBlock {
    return this.#chain.blocks.executedBlock(hash);
  }

  stateAfter({ hash }: Block) {
    return this.#chain.states.reader(hash);
  }

  async mine(options: MineOptions = {}): Promise<Block> {
    const { executor, chainDag, blocks } = this.#chain;
    const { transactions = [], stream = 0, miner = minerAddress(0), tamper, tamperBody } = options;
    const { certificates = [], evidence = [], crossLinks = [], anchor } = options;
    const { isKept = tamper === undefined && tamperBody === undefined } = options;
    const parents = (options.parents ?? [this.#blocks.at(-1)!])
      .map((parent) => (typeof parent === "string" ? parent : parent.hash))
      .toSorted((a, b) => chainDag.dag.compare(b, a));
    const nowMs = options.timestampMs ?? blocks.storedHeader(parents[0]!).timestampMs + 1_000;
    const { sharding } = this.parameters;
    const { shard, anchors, outboxes } = this.#shard;
    const lists = sharding && { crossShard: { batches: [], crossLinks } };
    const votes = { certificates, evidence, ...lists };
    const request = { parents, stream, miner, extra: new Uint8Array(0), nowMs, votes, anchor };
    const { draft, context, rules } = draftHeader(
      { parameters: this.parameters, shard },
      { ...this.#chain, anchors },
      request,
    );
    const demanded = (): CrossShardLists["batches"] => {
      const block = executor.carryingBlock(draft, context.selectedParent, rules);
      return (outboxes && buildBatches(block, outboxes, sharding!)) ?? [];
    };
    const batches = sharding && (options.batches ?? demanded());
    const body = { ...votes, transactions, ...(batches && { crossShard: { batches, crossLinks } }) };
    const senders = (await recoverSenders(transactions)).map((sender) => sender as Address);
    const execution = await executor.prepare({ header: draft, body, senders }, context, rules);
    const executed = await executor.run(execution, "template");
    const header = {
      ...withRoots(draft, body, executed.result, executed.layer.root),
      seal: { branch: [], nonce: ++this.#nonce },
    };
    const block = createBlock({ ...header, ...tamper?.(header) }, tamperBody?.(body) ?? body);
    if (!isKept) return block;
    chainDag.insert(this.#batch, block.hash, block.header, context);
    blocks.add(this.#batch, block);
    this.#chain.states.attach(block.hash, executed.layer);
    const carriers = [...context.merged.map(({ hash }) => hash), block.hash];
    blocks.addExecution(this.#batch, block, carriers, executed.result);
    this.#blocks.push(block);
    return block;
  }

  async mineChain(count: number, options: MineOptions = {}): Promise<Block[]> {
    const chain: Block[] = [];
    for (let index = 0; index < count; index++) {
      const { parents = options.parents, ...others } = {
        ...options,
        ...(index === 0 ? {} : { parents: [chain.at(-1)!] }),
      };
      chain.push(await this.mine({ ...others, ...(parents === undefined ? {} : { parents }) }));
    }
    return chain;
  }
}
