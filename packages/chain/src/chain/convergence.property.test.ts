import { isTrellisError } from "@trellis/base";
import { NaiveGhostdag, seededRandom } from "@trellis/kit";
import {
  type Address,
  type Block,
  CHAIN_GAS_MAX,
  type ChainBlock,
  compactToTarget,
  type Hash,
  intrinsicGas,
  type NetworkParameters,
  nextBaseFee,
  recoverSender,
  type Transaction,
  workOfTarget,
} from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain, wholeDag } from "./testing/testChain.ts";
import { OPERATION_GAS, operation } from "./testing/testEvm.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  GENESIS_MS,
  minerAddress,
  type Name,
  slotOf,
  testParameters,
  transfer,
} from "./testing/testNetwork.ts";

const NODES = 3;
const NAMES: readonly Name[] = ["alice", "bob", "carol", "dave"];

const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("mine" as const), node: fc.nat(NODES - 1), stream: fc.nat(2) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      node: fc.nat(NODES - 1),
      count: fc.nat(4),
      seed: fc.nat(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("submit" as const),
      node: fc.nat(NODES - 1),
      from: fc.constantFrom(...NAMES),
      to: fc.constantFrom(...NAMES),
      ahead: fc.nat(1),
      valueWei: fc.bigInt({ min: 0n, max: 5n * COIN }),
      tipWei: fc.bigInt({ min: 1n, max: 1_000n }),
      isCall: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), node: fc.nat(NODES - 1) }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

interface Node {
  chain: TestChain;
  readonly underway: Block[];
}

class Network {
  readonly parameters: NetworkParameters;
  readonly nodes: Node[] = [];
  readonly blocks: Block[] = [];
  readonly transactions: Transaction[] = [];
  #nowMs = GENESIS_MS;

  constructor(parameters: NetworkParameters) {
    this.parameters = parameters;
  }

  static async open(parameters: NetworkParameters): Promise<Network> {
    const network = new Network(parameters);
    for (let index = 0; index < NODES; index++) {
      network.nodes.push({ chain: await createTestChain({ parameters }), underway: [] });
    }
    return network;
  }

  async play(step: Step): Promise<void> {
    const node = this.nodes[step.node]!;
    if (step.do === "mine") await this.#mine(node, step.node, step.stream);
    if (step.do === "deliver") await this.#deliver(node, step.count, seededRandom(step.seed));
    if (step.do === "submit") await this.#submit(node, step);
    if (step.do === "restart") node.chain = await node.chain.reopen();
  }

  async #mine(node: Node, index: number, stream: number): Promise<void> {
    this.#nowMs += 1_000;
    for (const { chain } of this.nodes) chain.clock.ms = this.#nowMs;
    const hash = await node.chain.mine({ miner: index, stream });
    const block = node.chain.view.block(hash)!;
    this.blocks.push(block);
    for (const other of this.nodes) if (other !== node) other.underway.push(block);
  }

  async #deliver({ chain, underway }: Node, count: number, random: () => number): Promise<void> {
    for (let delivered = 0; delivered < count && underway.length > 0; delivered++) {
      const [block] = underway.splice(Math.floor(random() * underway.length), 1);
      if (!(await takeOrWait(chain, block!))) underway.push(block!);
    }
  }

  async #submit({ chain }: Node, step: Extract<Step, { do: "submit" }>): Promise<void> {
    const { from, to, ahead, valueWei, tipWei, isCall } = step;
    const nonce = chain.pool.nextNonce(addressOf(from)) + BigInt(ahead);
    const slot = BigInt(this.transactions.length % 7);
    const transaction = isCall
      ? transfer({ from, nonce, to: CONTRACT, data: operation("store", slot, valueWei), tipWei })
      : transfer({ from, nonce, to: addressOf(to), valueWei, tipWei });
    this.transactions.push(transaction);
    const refused = await chain.submit(transaction).catch((error: unknown) => error);
    expect(refused === undefined || isTrellisError(refused)).toBe(true);
  }

  async settle(seed: number): Promise<void> {
    for (const [index, { chain, underway }] of this.nodes.entries()) {
      const random = seededRandom(seed + index);
      while (underway.length > 0) {
        const [block] = underway.splice(Math.floor(random() * underway.length), 1);
        if (!(await takeOrWait(chain, block!))) underway.push(block!);
      }
    }
  }
}

async function takeOrWait(chain: TestChain, block: Block): Promise<boolean> {
  try {
    await chain.take(block);
    return true;
  } catch (error) {
    if (isTrellisError(error, "PARENT_UNKNOWN")) return false;
    throw error;
  }
}

function shuffled(blocks: readonly Block[], genesis: Hash, seed: number): Block[] {
  const random = seededRandom(seed);
  const known = new Set([genesis]);
  const left = [...blocks];
  const order: Block[] = [];
  while (left.length > 0) {
    const ready = left.filter(({ header }) => header.parents.every((parent) => known.has(parent)));
    const next = ready[Math.floor(random() * ready.length)]!;
    left.splice(left.indexOf(next), 1);
    known.add(next.hash);
    order.push(next);
  }
  return order;
}

function chainOf({ view }: TestChain): ChainBlock[] {
  return Array.from({ length: view.head().header.number + 1 }, (_, number) => view.blockByNumber(number)!);
}

function expectSame(a: TestChain, b: TestChain, transactions: readonly Transaction[]): void {
  expect(b.view.tips()).toEqual(a.view.tips());
  expect(chainOf(b)).toEqual(chainOf(a));
  const placeIn = ({ view }: TestChain, { hash }: Transaction) => {
    const place = view.locate(hash);
    return place && [place.block.hash, place.index];
  };
  for (const transaction of transactions) expect(placeIn(b, transaction)).toEqual(placeIn(a, transaction));
  const every = (chain: TestChain) =>
    wholeDag(chain).map(({ hash, color, mergedBy, blues, reds }) => ({ hash, color, mergedBy, blues, reds }));
  expect(every(b)).toEqual(every(a));
}

class Ledger {
  readonly balances = new Map<Address, bigint>();
  readonly nonces = new Map<Address, bigint>();
  readonly slots = new Map<bigint, bigint>();
  readonly accepted: Hash[] = [];
  burnedWei = 0n;
  mintedWei = 0n;

  pay(address: Address, amount: bigint): void {
    this.balances.set(address, (this.balances.get(address) ?? 0n) + amount);
  }

  run(transaction: Transaction, baseFee: bigint, tipRecipient: Address): bigint {
    const sender = recoverSender(transaction);
    const { nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, value, to, data } = transaction;
    const cost = gasLimit * maxFeePerGas + value;
    if (nonce !== (this.nonces.get(sender) ?? 0n) || cost > (this.balances.get(sender) ?? 0n)) return 0n;
    if (maxFeePerGas < baseFee) return 0n;
    const gas = intrinsicGas(transaction) + (data.length > 0 ? OPERATION_GAS : 0n);
    const tip = smaller(maxPriorityFeePerGas, maxFeePerGas - baseFee);
    this.nonces.set(sender, nonce + 1n);
    this.pay(sender, -gas * (baseFee + tip) - value);
    this.pay(tipRecipient, gas * tip);
    this.pay(to!, value);
    if (data.length > 0) {
      const [slot, stored] = [data.subarray(1, 33), data.subarray(33, 65)].map((bytes) =>
        BigInt(`0x${Buffer.from(bytes).toString("hex")}`),
      );
      this.slots.set(slot!, stored!);
    }
    this.accepted.push(transaction.hash);
    return gas;
  }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function replay(parameters: NetworkParameters, genesis: Block, blocks: readonly Block[], head: Hash): Ledger {
  const ledger = new Ledger();
  for (const { address, balance } of parameters.genesis.accounts) ledger.pay(address, balance);
  const naive = new NaiveGhostdag(parameters.ghostdagK);
  naive.add({ hash: genesis.hash, parents: [], work: 0n });
  const byHash = new Map([genesis, ...blocks].map((block) => [block.hash, block]));
  const workOf = ({ bits, stream }: Block["header"]): bigint =>
    workOfTarget(compactToTarget(bits)) * parameters.streams[stream]!.workWeight;
  const colours = new Map(
    blocks.map(({ hash, header }) => [
      hash,
      naive.add({ hash, parents: header.parents, work: workOf(header) })!,
    ]),
  );
  const path: Block[] = [];
  for (let at = byHash.get(head)!; at !== genesis; at = byHash.get(colours.get(at.hash)!.selectedParent)!)
    path.unshift(at);
  let [baseFee, gasUsed, gasLimit] = [genesis.header.baseFee, 0n, parameters.gasLimit];
  for (const block of path) {
    const { mergeset, reds } = colours.get(block.hash)!;
    baseFee = nextBaseFee(parameters, { baseFee, gasUsed, gasLimit });
    expect(block.header.baseFee).toBe(baseFee);
    gasUsed = 0n;
    const carriers = [...mergeset.map((hash) => byHash.get(hash)!), block];
    for (const carrier of carriers) {
      const isRed = reds.includes(carrier.hash);
      const recipient = isRed ? block.header.miner : carrier.header.miner;
      for (const transaction of carrier.body.transactions)
        gasUsed += ledger.run(transaction, baseFee, recipient);
    }
    gasLimit = smaller(parameters.gasLimit * BigInt(carriers.length), CHAIN_GAS_MAX);
    const share = (gasUsed * baseFee * BigInt(parameters.treasuryShareBasisPoints)) / 10_000n;
    ledger.pay(parameters.treasury, share);
    ledger.burnedWei += gasUsed * baseFee - share;
    for (const { hash, header } of carriers) {
      if (reds.includes(hash)) continue;
      const { subsidyWei } = parameters.streams[header.stream]!;
      ledger.pay(header.miner, subsidyWei);
      ledger.mintedWei += subsidyWei;
    }
  }
  return ledger;
}

function expectLedger({ view }: TestChain, parameters: NetworkParameters, ledger: Ledger): void {
  const state = view.stateAt(view.head().hash);
  for (const [address, balance] of ledger.balances)
    expect(state.account(address)?.balance ?? 0n).toBe(balance);
  for (const [address, nonce] of ledger.nonces) expect(state.account(address)!.nonce).toBe(nonce);
  for (const [slot, value] of ledger.slots) expect(state.storage(CONTRACT, slotOf(slot))).toBe(value);
  const addresses = [
    ...parameters.genesis.accounts.map(({ address }) => address),
    ...Array.from({ length: NODES }, (_value, index) => minerAddress(index)),
    parameters.treasury,
  ];
  const supply = addresses.reduce((sum, address) => sum + (state.account(address)?.balance ?? 0n), 0n);
  const genesisSupply = parameters.genesis.accounts.reduce((sum, { balance }) => sum + balance, 0n);
  expect(supply).toBe(genesisSupply + ledger.mintedWei - ledger.burnedWei);
}

async function expectConvergence(network: Network, seed: number): Promise<void> {
  const { parameters, blocks, transactions } = network;
  const [first, ...others] = network.nodes.map(({ chain }) => chain);
  for (const other of others) expectSame(first!, other, transactions);
  const late = await createTestChain({ parameters });
  late.clock.ms = first!.clock.ms;
  await late.take(...shuffled(blocks, late.view.genesisHash, seed));
  expectSame(first!, late, transactions);
  const genesis = first!.view.block(first!.view.genesisHash)!;
  const ledger = replay(parameters, genesis, blocks, first!.view.head().hash);
  expectLedger(first!, parameters, ledger);
  const accepted = chainOf(first!).flatMap((block) =>
    block.transactions.map(({ transaction }) => transaction.hash),
  );
  expect(accepted).toEqual(ledger.accepted);
  expect(verifyStore(first!.store).problems).toEqual([]);
}

describe("nodes with the same blocks agree on everything", () => {
  it("in any order of arrival, under any schedule [EXEC-7] [EXEC-10] [EXEC-11] [EXEC-19]", async () => {
    const parameters = testParameters({ ghostdagK: 2, finalityDepth: 100_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 40, maxLength: 120 }),
        fc.nat(),
        async (steps, seed) => {
          const network = await Network.open(parameters);
          for (const step of steps) await network.play(step);
          await network.settle(seed);
          await expectConvergence(network, seed);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("with finality, if no partition lasts longer than finality takes [EXEC-18]", async () => {
    const parameters = testParameters({ ghostdagK: 2, finalityDepth: 14 });
    const rounds = fc.array(fc.array(anyStep, { minLength: 5, maxLength: 14 }), {
      minLength: 5,
      maxLength: 14,
    });
    await fc.assert(
      fc.asyncProperty(rounds, fc.nat(), async (all, seed) => {
        const network = await Network.open(parameters);
        for (const steps of all) {
          for (const step of steps) await network.play(step);
          await network.settle(seed);
        }
        await expectConvergence(network, seed);
        const finals = network.nodes.map(({ chain }) => chain.view.finalized().hash);
        expect(new Set(finals).size).toBe(1);
      }),
      { numRuns: 10 },
    );
  });

  it("over a long simulation", async () => {
    const [steps] = fc.sample(fc.array(anyStep, { minLength: 700, maxLength: 700 }), {
      numRuns: 1,
      seed: 11,
    });
    const network = await Network.open(testParameters({ ghostdagK: 3, finalityDepth: 60 }));
    for (const [index, step] of steps!.entries()) {
      await network.play(step);
      if (index % 60 === 59) await network.settle(index);
    }
    await network.settle(1);
    await expectConvergence(network, 1);
    expect(network.nodes[0]!.chain.view.finalized().header.number).toBeGreaterThan(20);
  });
});

async function anyGraph(builder: TestBlockBuilder, count: number, seed: number): Promise<ReadonlySet<Hash>> {
  const random = seededRandom(seed);
  const wrong = new Set<Hash>();
  const nonces = new Map<Name, number>();
  for (let index = 0; index < count; index++) {
    const recent = builder.blocks.slice(-8);
    const parents: Block[] = [];
    for (let tries = 0; tries < 3; tries++) {
      const candidate = recent[Math.floor(random() * recent.length)]!;
      const isBeside = parents.every(
        ({ hash }) =>
          !builder.dag.isAncestor(hash, candidate.hash) && !builder.dag.isAncestor(candidate.hash, hash),
      );
      if (isBeside) parents.push(candidate);
    }
    const from = NAMES[Math.floor(random() * NAMES.length)]!;
    const nonce = nonces.get(from) ?? 0;
    if (random() < 0.7) nonces.set(from, nonce + 1);
    const isWrong = random() < 0.2;
    const block = await builder.mine({
      parents,
      stream: Math.floor(random() * 3),
      miner: minerAddress(index % NODES),
      transactions: [transfer({ from, nonce, valueWei: COIN })],
      ...(isWrong ? { tamper: ({ parents: [parent] }) => ({ stateRoot: parent! }), isKept: true } : {}),
    });
    if (isWrong) wrong.add(block.hash);
  }
  return wrong;
}

describe("the sink is the heaviest block on whose chain every state is valid", () => {
  it("in any order of arrival [EXEC-19] [EXEC-20]", async () => {
    const parameters = testParameters({ ghostdagK: 3, finalityDepth: 100_000 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(), async (count, seed) => {
        const builder = await TestBlockBuilder.open(parameters);
        const wrong = await anyGraph(builder, count, seed);
        const valid = new Set<Hash>([builder.genesis.hash]);
        const blocks = builder.blocks.slice(1);
        for (const { hash, header } of blocks) {
          if (!wrong.has(hash) && valid.has(header.parents[0]!)) valid.add(hash);
        }
        const heaviest = [...valid].reduce((a, b) => (builder.dag.compare(a, b) > 0 ? a : b));
        for (const order of [1, 2, 3]) {
          const chain = await createTestChain({ parameters });
          await chain.take(...shuffled(blocks, builder.genesis.hash, seed + order));
          expect(chain.view.head().hash).toBe(heaviest);
          expect(chain.view.head()).toEqual(builder.executed(chain.view.block(heaviest)!));
          const reopened = await chain.reopen();
          expect(reopened.view.head()).toEqual(chain.view.head());
        }
      }),
      { numRuns: 15 },
    );
  });
});
