import { hexToBytes, type Log, silentLog } from "@trellis/base";
import {
  encodeCall,
  readInbox,
  readOutbox,
  SHARD_GATEWAY_ADDRESS,
  withSystemContracts,
} from "@trellis/contracts";
import { constructAccounts } from "@trellis/evm";
import {
  type Address,
  type Block,
  type CrossLink,
  type Delivery,
  devParameters,
  type Hash,
  type NetworkParameters,
  parametersOfShard,
  shardCount,
  type Transaction,
  type VoteDomain,
  withShards,
} from "@trellis/protocol";
import { type MineOptions, TestBlockBuilder } from "../../chain/testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "../../chain/testing/testChain.ts";
import { addressOf, COIN, minerAddress, type Name, transfer } from "../../chain/testing/testNetwork.ts";
import type { FinalAnchors } from "../../consensus/rules/anchor.ts";
import {
  certificateBy,
  createRealEvm,
  VALIDATORS,
  validatorOf,
} from "../../finality/testing/stakedNetwork.ts";
import { auditSupply, type ShardSupply } from "../auditSupply.ts";
import type { Outboxes } from "../buildBatches.ts";
import { finalAnchorsOf } from "../finalAnchors.ts";
import { localOutboxes } from "../localOutboxes.ts";

const GATEWAY = `61${SHARD_GATEWAY_ADDRESS.slice(-4)}`;
const RICH = 10_000n * COIN;
const USERS: readonly Name[] = [...VALIDATORS, "erin"];
const QUORUM: readonly Name[] = ["alice", "bob", "carol"];

/** Code of recipients, the same in all shards. */
const CODES = {
  /** Adds 1 to slot 0. */
  counter: "5f546001015f5500",
  reverter: "5f5ffd",
  /** Loops until its gas is used. */
  burner: "5b5f56",
  /** Calls the gateway with the message's data, and stores the success in slot 0. */
  intruder: `365f5f375f5f365f5f${GATEWAY}5af15f5500`,
  /** Self-destructs in favour of its caller. */
  destroyer: "33ff",
} as const;
/** Accounts without code or coins at genesis. */
export const STRANGERS: readonly Address[] = [1, 2].map((index): Address => `0x${"00".repeat(19)}c${index}`);

export type Recipient = keyof typeof CODES;

export function recipientOf(name: Recipient): Address {
  return `0x${"00".repeat(19)}b${Object.keys(CODES).indexOf(name)}`;
}

export function shardedNetwork(
  count: number,
  {
    queueMax = 64,
    lifetimeSeconds = 600,
    gasLimit,
  }: { queueMax?: number; lifetimeSeconds?: number; gasLimit?: bigint } = {},
): NetworkParameters {
  const users = USERS.map((name) => ({ address: addressOf(name), balance: RICH }));
  const recipients = Object.entries(CODES).map(([name, code]) => ({
    address: recipientOf(name as Recipient),
    balance: 0n,
    nonce: 1n,
    code: hexToBytes(`0x${code}`),
  }));
  const network = withShards(devParameters({ accounts: [...users, ...recipients] }), count);
  const staking = {
    validators: VALIDATORS.map(validatorOf),
    timeFloorSeconds: 1,
    values: {
      epochLengthBlocks: 1_000n,
      rewardsPerEpochWei: 0n,
      unbondingEpochs: 3n,
      ...(gasLimit && { gasLimit }),
    },
  };
  return withSystemContracts(
    { ...network, finalityDepth: 20, shards: { ...network.shards!, queueMax, lifetimeSeconds } },
    { staking, construct: constructAccounts },
  );
}

interface Sending {
  readonly to: Address;
  readonly value?: bigint;
  readonly gasLimit?: bigint;
  readonly data?: Uint8Array;
}

/** Production chains of all shards; validators certify on demand. A second builder makes blocks beside them. */
export class ShardChains {
  readonly network: NetworkParameters;
  readonly chains: readonly TestChain[];
  readonly builders: readonly TestBlockBuilder[];
  readonly anchors: FinalAnchors;
  readonly outboxes: Outboxes;
  /** Why chains disqualified blocks. */
  readonly faults: readonly string[];
  readonly #heights: number[];
  readonly #nonces = new Map<string, number>();
  #finalHeight = 0;

  private constructor(
    network: NetworkParameters,
    chains: TestChain[],
    builders: TestBlockBuilder[],
    { anchors, outboxes, faults }: Pick<ShardChains, "anchors" | "outboxes" | "faults">,
  ) {
    this.network = network;
    this.chains = chains;
    this.builders = builders;
    this.anchors = anchors;
    this.outboxes = outboxes;
    this.faults = faults;
    this.#heights = chains.map(() => 0);
  }

  static async open(network: NetworkParameters): Promise<ShardChains> {
    const chains: TestChain[] = [];
    const builders: TestBlockBuilder[] = [];
    const anchors = finalAnchorsOf(() => chains[0]?.view);
    const outboxes = localOutboxes((shard) => chains[shard]?.view, network.shards!.queueMax);
    const faults: string[] = [];
    const log: Log = {
      ...silentLog,
      warn: (event, { got } = {}) => {
        if (event === "block.disqualified") faults.push(String(got));
      },
    };
    for (let shard = 0; shard < shardCount(network); shard++) {
      const parameters = parametersOfShard(network, shard);
      const evm = createRealEvm();
      const ports = { evm, anchors: shard === 0 ? undefined : anchors, outboxes, log };
      chains.push(await createTestChain({ parameters, shard, ports }));
      builders.push(await TestBlockBuilder.open(parameters, createRealEvm(), { shard, ...ports }));
    }
    return new ShardChains(network, chains, builders, { anchors, outboxes, faults });
  }

  domainOf(shard: number): VoteDomain {
    const { view } = this.chains[shard]!;
    return { chainId: view.parameters.chainId, genesisHash: view.genesisHash };
  }

  /** Of the newest block, or of `block`. */
  link(shard: number, fields: { readonly block?: Hash; readonly signers?: readonly Name[] } = {}): CrossLink {
    const { view } = this.chains[shard]!;
    const { block = view.head().hash, signers = QUORUM } = fields;
    const height = ++this.#heights[shard]!;
    const certificate = certificateBy(this.domainOf(shard), signers, { height }, block);
    return { header: view.header(block)!, certificate };
  }

  send(source: number, destination: number, sending: Sending): Transaction {
    const key = `${source}`;
    const nonce = this.#nonces.get(key) ?? 0;
    this.#nonces.set(key, nonce + 1);
    return sendingTransaction({
      chainId: this.chains[source]!.view.parameters.chainId,
      nonce,
      destination,
      sending,
    });
  }

  /** A block of the shard, made by the builder and imported by the chain. */
  async mine(shard: number, options: MineOptions = {}): Promise<Block> {
    const block = await this.builders[shard]!.mine(options);
    await this.chains[shard]!.take(block);
    return block;
  }

  /** Makes shard 0's newest block final, with the cross-links that wait. */
  async finalize(...crossLinks: readonly CrossLink[]): Promise<Block> {
    const recorded = await this.mine(0, { crossLinks });
    const certificate = certificateBy(
      this.domainOf(0),
      QUORUM,
      { height: ++this.#finalHeight },
      recorded.hash,
    );
    await this.mine(0, { certificates: [certificate] });
    return recorded;
  }

  /** Records the newest blocks of the shards, makes the records final, and mines a block of each shard. */
  async round(running: readonly number[] = [...this.chains.keys()]): Promise<void> {
    const changed = running.filter((shard) => shard > 0 && this.chains[shard]!.view.head().header.number > 0);
    await this.finalize(...changed.map((shard) => this.link(shard)));
    for (const shard of running) await this.mine(shard);
  }

  deliveries(shard: number): readonly Delivery[] {
    return this.chains[shard]!.view.head().deliveries ?? [];
  }

  balance(shard: number, address: Address): bigint {
    const { view } = this.chains[shard]!;
    return view.stateAt(view.head().hash).account(address)?.balance ?? 0n;
  }

  /** Subsidies, staking rewards and fees of these networks go to accounts that are audited too. */
  audit(): ReturnType<typeof auditSupply> {
    return auditSupply(this.chains.map((_, shard) => this.#supplyOf(shard)));
  }

  /** All accounts that can have coins. */
  #holders(shard: number): Address[] {
    const { parameters } = this.chains[shard]!.view;
    const known = parameters.genesis.accounts.map(({ address }) => address);
    return [...new Set([...known, ...STRANGERS, parameters.treasury, minerAddress(0)])];
  }

  #supplyOf(shard: number): ShardSupply {
    const { view } = this.chains[shard]!;
    const { parameters } = view;
    const state = view.stateAt(view.head().hash);
    const others = [...this.chains.keys()].filter((other) => other !== shard);
    let issued = parameters.genesis.accounts.reduce((sum, { balance }) => sum + balance, 0n);
    let burned = 0n;
    for (let number = 1; number <= view.head().header.number; number++) {
      const block = view.blockByNumber(number)!;
      const paying = block.transactions.reduce((sum, { receipt }) => sum + receipt.gasUsed, 0n);
      const fees = paying * block.header.baseFee;
      burned += fees - (fees * BigInt(parameters.treasuryShareBasisPoints)) / 10_000n;
      for (const carrier of block.carriers) {
        const { color, header } = view.dagBlock(carrier)!;
        if (color !== "red") issued += parameters.streams[header.stream]!.subsidyWei;
      }
    }
    return {
      shard,
      balances: this.#holders(shard).reduce((sum, address) => sum + this.balance(shard, address), 0n),
      issued,
      burned,
      gatewayBalance: state.account(SHARD_GATEWAY_ADDRESS)?.balance ?? 0n,
      sent: new Map(others.map((other) => [other, readOutbox(state, other).value])),
      received: new Map(others.map((other) => [other, readInbox(state, other).value])),
    };
  }
}

/** Of erin. */
export function sendingTransaction({
  chainId,
  nonce,
  destination,
  sending: { to, value = 0n, gasLimit = 0n, data = new Uint8Array(0) },
}: {
  readonly chainId: bigint;
  readonly nonce: number;
  readonly destination: number;
  readonly sending: Sending;
}): Transaction {
  return transfer({
    from: "erin",
    nonce,
    to: SHARD_GATEWAY_ADDRESS,
    valueWei: value,
    gasLimit: 3_000_000n,
    chainId,
    data: encodeCall("send(uint16,address,uint64,bytes)", [BigInt(destination), BigInt(to), gasLimit, data]),
  });
}
