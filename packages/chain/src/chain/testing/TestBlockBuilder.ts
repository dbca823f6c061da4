import { silentLog, silentMetrics } from "@trellis/base";
import {
  type Address,
  type Block,
  type Body,
  type ChainBlock,
  createBlock,
  EMPTY_CROSS_SHARD_LISTS,
  type Evm,
  type Hash,
  type Header,
  type NetworkParameters,
  type Transaction,
} from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
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
  readonly stream?: number;
  readonly miner?: Address;
  readonly timestampMs?: number;
  readonly tamper?: (header: Header) => Partial<Header>;
  readonly tamperBody?: (body: Body) => Body;
  readonly isKept?: boolean;
}

export class TestBlockBuilder {
  readonly parameters: NetworkParameters;
  readonly genesis: Block;
  readonly #chain: OpenedChain;
  readonly #blocks: Block[];
  readonly #batch = new ChainBatch();
  #nonce = 0n;

  private constructor(parameters: NetworkParameters, chain: OpenedChain) {
    this.#chain = chain;
    this.parameters = parameters;
    this.genesis = chain.blocks.storedBlock(chain.genesisHash);
    this.#blocks = [this.genesis];
  }

  static async open(parameters: NetworkParameters, evm: Evm = createTestEvm()): Promise<TestBlockBuilder> {
    const ports: ChainPorts = {
      store: createMemoryStore(),
      evm,
      recoverSenders,
      verifySeal: async () => true,
      clock: { nowMs: () => GENESIS_MS },
      log: silentLog,
      metrics: silentMetrics,
    };
    const chain = await openChain({ parameters, shard: 0, isArchive: false }, ports);
    return new TestBlockBuilder(parameters, chain);
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
    const { certificates = [], evidence = [] } = options;
    const { isKept = tamper === undefined && tamperBody === undefined } = options;
    const parents = (options.parents ?? [this.#blocks.at(-1)!])
      .map((parent) => (typeof parent === "string" ? parent : parent.hash))
      .toSorted((a, b) => chainDag.dag.compare(b, a));
    const nowMs = options.timestampMs ?? blocks.storedHeader(parents[0]!).timestampMs + 1_000;
    const { sharding } = this.parameters;
    const crossShard = sharding && { crossShard: EMPTY_CROSS_SHARD_LISTS };
    const body = { transactions, certificates, evidence, ...crossShard };
    const request = { parents, stream, miner, extra: new Uint8Array(0), nowMs, votes: body };
    const { draft, context, rules } = draftHeader(
      { parameters: this.parameters, shard: 0 },
      this.#chain,
      request,
    );
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
