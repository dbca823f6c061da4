import {
  type Block,
  CHAIN_GAS_MAX,
  type ChainBlock,
  GAS_LIMIT_MAX,
  type NetworkParameters,
  nextBaseFee,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { operation } from "./testing/testEvm.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  GWEI,
  minerAddress,
  slotOf,
  testParameters,
  transfer,
} from "./testing/testNetwork.ts";

const SUBSIDY = COIN;
const TRANSFER_GAS = 21_000n;

async function begin(overrides: Partial<NetworkParameters> = {}) {
  const parameters = testParameters(overrides);
  const builder = await TestBlockBuilder.open(parameters);
  const chain = await createTestChain({ parameters });
  return { builder, chain, genesis: builder.genesis };
}

const balanceOf = (chain: TestChain, address: `0x${string}`): bigint =>
  chain.view.stateAt(chain.view.head().hash).account(address)?.balance ?? 0n;

function inOrder(builder: TestBlockBuilder, blocks: readonly Block[]): Block[] {
  return blocks.toSorted((a, b) => builder.dag.compare(a.hash, b.hash));
}

const hashesOf = ({ transactions }: ChainBlock) => transactions.map(({ transaction }) => transaction.hash);

describe("a chain block executes its mergeset, then itself [EXEC-7]", () => {
  it("orders by blue work and hash, and keeps each carrier's order of transactions", async () => {
    const { builder, chain, genesis } = await begin();
    const names = ["alice", "bob", "carol", "dave"] as const;
    const parallel: Block[] = [];
    for (const from of names) {
      const transactions = [0, 1].map((nonce) => transfer({ from, nonce, to: addressOf("erin") }));
      parallel.push(await builder.mine({ parents: [genesis], transactions }));
    }
    const own = transfer({ from: "erin", nonce: 0 });
    const merging = await builder.mine({ parents: parallel, transactions: [own] });
    await chain.take(...parallel, merging);

    const [first, second, third, selected] = inOrder(builder, parallel);
    const head = chain.view.head();
    expect(head.hash).toBe(merging.hash);
    expect(chain.view.blockByNumber(1)!.hash).toBe(selected!.hash);
    expect(head.carriers).toEqual([first, second, third, merging].map((block) => block!.hash));
    expect(hashesOf(head)).toEqual(
      [first, second, third, merging].flatMap((block) => block!.body.transactions.map(({ hash }) => hash)),
    );
    expect(hashesOf(chain.view.blockByNumber(1)!)).toEqual(
      selected!.body.transactions.map(({ hash }) => hash),
    );
    expect(head.transactions.map(({ carrier }) => carrier)).toEqual(
      [first, first, second, second, third, third, merging].map((block) => block!.hash),
    );
    expect(head.header.gasUsed).toBe(7n * TRANSFER_GAS);
    expect(head.transactions.map(({ receipt }) => receipt.cumulativeGasUsed)).toEqual(
      head.transactions.map((_, index) => BigInt(index + 1) * TRANSFER_GAS),
    );
    for (const [index, { transaction }] of head.transactions.entries()) {
      expect(chain.view.locate(transaction.hash)).toEqual({ block: head, index });
    }
  });

  it("does not execute a block in the past of the selected parent again", async () => {
    const { builder, chain, genesis } = await begin();
    const [a, b] = [await builder.mine({ parents: [genesis] }), await builder.mine({ parents: [genesis] })];
    const both = await builder.mine({ parents: [a, b] });
    const next = await builder.mine({ parents: [both] });
    await chain.take(a, b, both, next);
    expect(builder.executed(both).carriers).toHaveLength(2);
    expect(builder.executed(next).carriers).toEqual([next.hash]);
    expect(chain.view.dagBlock(a.hash)!.mergedBy).toBe(
      builder.dag.compare(a.hash, b.hash) > 0 ? a.hash : both.hash,
    );
  });
});

describe("skips an invalid transaction [EXEC-9]", () => {
  it("a transaction in two parallel blocks runs once, and the duplicate is recorded", async () => {
    const { builder, chain, genesis } = await begin();
    const shared = transfer({ from: "alice", nonce: 0, valueWei: COIN });
    const parallel = [
      await builder.mine({ parents: [genesis], transactions: [shared] }),
      await builder.mine({ parents: [genesis], transactions: [shared] }),
    ];
    const merging = await builder.mine({ parents: parallel, transactions: [shared] });
    await chain.take(...parallel, merging);
    const [merged, selected] = inOrder(builder, parallel);
    expect(chain.view.locate(shared.hash)).toEqual({ block: chain.view.blockByNumber(1), index: 0 });
    expect(chain.view.head().transactions).toEqual([]);
    expect(chain.view.head().skipped).toEqual([
      { transactionHash: shared.hash, carrier: merged!.hash, reason: "NONCE_TOO_LOW" },
      { transactionHash: shared.hash, carrier: merging.hash, reason: "NONCE_TOO_LOW" },
    ]);
    expect(chain.view.transactionStatus(shared.hash)).toMatchObject({
      kind: "accepted",
      block: selected!.hash,
      carriers: [...parallel.map(({ hash }) => hash), merging.hash],
    });
  });

  it("for nonce, funds, fee, budget or code, without payment; later transactions run", async () => {
    const gasLimit = 15_000_000n;
    const { builder, chain, genesis } = await begin({ baseFeeGenesis: GWEI, gasLimit });
    const transactions = [
      transfer({ from: "alice", nonce: 1 }),
      transfer({ from: "bob", nonce: 0, valueWei: 1_001n * COIN }),
      transfer({ from: "carol", nonce: 0, feeWei: GWEI / 2n, tipWei: 0n }),
      transfer({ from: "dave", nonce: 0, gasLimit, feeWei: 2n * GWEI }),
      transfer({ from: "erin", nonce: 0, valueWei: 5n }),
      transfer({ from: "erin", nonce: 1, gasLimit: gasLimit - 10n, feeWei: 2n * GWEI }),
      transfer({ from: "erin", nonce: 1, valueWei: 6n }),
    ];
    const block = await builder.mine({ parents: [genesis], transactions });
    await chain.take(block);
    const { skipped } = chain.view.head();
    expect(skipped.map(({ reason }) => reason)).toEqual([
      "NONCE_TOO_HIGH",
      "FUNDS_INSUFFICIENT",
      "FEE_BELOW_BASE_FEE",
      "GAS_BUDGET_EXHAUSTED",
    ]);
    expect(hashesOf(chain.view.head())).toEqual([3, 4, 6].map((index) => transactions[index]!.hash));
    expect(balanceOf(chain, addressOf("alice"))).toBe(1_000n * COIN);
    expect(chain.view.transactionStatus(transactions[0]!.hash)).toEqual({
      kind: "skipped",
      carriers: [block.hash],
      reason: "NONCE_TOO_HIGH",
    });
  });

  it("a sender with code", async () => {
    const { builder, chain } = await begin();
    const parameters = builder.parameters;
    const genesisAccounts = parameters.genesis.accounts.map((account) =>
      account.address === addressOf("dave") ? { ...account, code: Uint8Array.of(1) } : account,
    );
    const withCode = { ...parameters, genesis: { ...parameters.genesis, accounts: genesisAccounts } };
    const other = await TestBlockBuilder.open(withCode);
    const block = await other.mine({ transactions: [transfer({ from: "dave", nonce: 0 })] });
    const otherChain = await createTestChain({ parameters: withCode });
    await otherChain.take(block);
    expect(otherChain.view.head().skipped[0]!.reason).toBe("SENDER_HAS_CODE");
    expect(chain.view.head().skipped).toEqual([]);
  });
});

describe("payments [EXEC-10] [EXEC-11]", () => {
  it("pays tips to the carrier's miner, a subsidy for each blue block, and part of the base fee to the treasury", async () => {
    const { builder, chain, genesis } = await begin({ treasuryShareBasisPoints: 2_500 });
    const [a, b] = [
      await builder.mine({
        parents: [genesis],
        miner: minerAddress(1),
        transactions: [transfer({ from: "alice", nonce: 0, tipWei: 3n })],
      }),
      await builder.mine({
        parents: [genesis],
        miner: minerAddress(2),
        transactions: [transfer({ from: "bob", nonce: 0, tipWei: 5n })],
      }),
    ];
    const merging = await builder.mine({ parents: [a, b], miner: minerAddress(3) });
    await chain.take(a, b, merging);
    expect(balanceOf(chain, minerAddress(1))).toBe(SUBSIDY + 3n * TRANSFER_GAS);
    expect(balanceOf(chain, minerAddress(2))).toBe(SUBSIDY + 5n * TRANSFER_GAS);
    expect(balanceOf(chain, minerAddress(3))).toBe(SUBSIDY);
    const shares = [1, 2].map((number) => {
      const { header } = chain.view.blockByNumber(number)!;
      return (header.gasUsed * header.baseFee * 2_500n) / 10_000n;
    });
    expect(balanceOf(chain, builder.parameters.treasury)).toBe(shares[0]! + shares[1]!);
  });

  it("pays no subsidy for a red block, and its tips to the miner of the merging block", async () => {
    const { builder, chain, genesis } = await begin({ ghostdagK: 1 });
    const parallel: Block[] = [];
    for (const [index, from] of (["alice", "bob", "carol"] as const).entries()) {
      parallel.push(
        await builder.mine({
          parents: [genesis],
          miner: minerAddress(index + 1),
          transactions: [
            transfer({
              from,
              nonce: 0,
              tipWei: 7n,
              to: CONTRACT,
              data: operation("context", BigInt(16 * index)),
            }),
          ],
        }),
      );
    }
    const merging = await builder.mine({ parents: parallel, miner: minerAddress(9) });
    await chain.take(...parallel, merging);
    const { blues, reds } = chain.view.dagBlock(merging.hash)!;
    expect([blues.length, reds.length]).toEqual([2, 1]);
    const red = parallel.findIndex(({ hash }) => hash === reds[0]);
    expect(chain.view.dagBlock(reds[0]!)).toMatchObject({
      color: "red",
      mergedBy: merging.hash,
      isChainBlock: false,
    });
    const gasOf = (index: number): bigint =>
      chain.view
        .locate(parallel[index]!.body.transactions[0]!.hash)!
        .block.transactions.find(({ carrier }) => carrier === parallel[index]!.hash)!.receipt.gasUsed;
    for (const index of [0, 1, 2]) {
      const expected = index === red ? 0n : SUBSIDY + 7n * gasOf(index);
      expect(balanceOf(chain, minerAddress(index + 1))).toBe(expected);
    }
    expect(balanceOf(chain, minerAddress(9))).toBe(SUBSIDY + 7n * gasOf(red));
    const state = chain.view.stateAt(merging.hash);
    expect(state.storage(CONTRACT, slotOf(BigInt(16 * red + 3)))).toBe(BigInt(minerAddress(red + 1)));
  });

  it("pays the zero address tips but no subsidy", async () => {
    const { builder, chain } = await begin();
    const transactions = [transfer({ from: "alice", nonce: 0, tipWei: 3n })];
    await chain.take(await builder.mine({ miner: ZERO_ADDRESS, transactions }));
    expect(balanceOf(chain, ZERO_ADDRESS)).toBe(3n * TRANSFER_GAS);
  });

  it("the treasury may mine, and a miner may be paid several times in one block", async () => {
    const { builder, chain, genesis } = await begin();
    const miner = builder.parameters.treasury;
    const parallel = [
      await builder.mine({ parents: [genesis], miner }),
      await builder.mine({ parents: [genesis], miner, timestampMs: genesis.header.timestampMs + 5 }),
    ];
    await chain.take(...parallel, await builder.mine({ parents: parallel, miner }));
    expect(balanceOf(chain, miner)).toBe(3n * SUBSIDY);
  });
});

it("a block on which the engine fails does not stop the mining of any transaction [EXEC-24]", async () => {
  const { builder, chain, genesis } = await begin();
  const [poison, good] = [transfer({ from: "dave", nonce: 0 }), transfer({ from: "erin", nonce: 0 })];
  chain.evm.beforeBlock = ({ carriers }) => {
    const transactions = carriers.flatMap((carrier) => carrier.transactions);
    if (transactions.some(({ transaction }) => transaction.hash === poison.hash))
      throw new RangeError("a limit of the engine");
  };
  const parallel = await builder.mine({ transactions: [poison] });
  await chain.take(...(await builder.mineChain(2, { parents: [genesis] })), parallel);
  await chain.submit(good);
  await chain.mine();
  expect(chain.view.head().transactions.map(({ transaction }) => transaction.hash)).toEqual([good.hash]);
  expect(chain.view.dagBlock(parallel.hash)!.mergedBy).toBeUndefined();
});

describe("gas [EXEC-8] [BLOCK-10]", () => {
  it("every carrier has its own budget", async () => {
    const { builder, chain, genesis } = await begin({ gasLimit: 60_000n });
    const two = (from: "alice" | "bob" | "carol") =>
      [0, 1, 2].map((nonce) => transfer({ from, nonce, gasLimit: 21_000n }));
    const parallel = [
      await builder.mine({ parents: [genesis], transactions: two("alice") }),
      await builder.mine({ parents: [genesis], transactions: two("bob") }),
    ];
    const merging = await builder.mine({ parents: parallel, transactions: two("carol") });
    await chain.take(...parallel, merging);
    const head = chain.view.head();
    expect(head.gasLimit).toBe(120_000n);
    expect(head.header.gasUsed).toBe(4n * TRANSFER_GAS);
    expect(head.skipped.map(({ reason }) => reason)).toEqual([
      "GAS_BUDGET_EXHAUSTED",
      "GAS_BUDGET_EXHAUSTED",
    ]);
    expect(head.skipped.map(({ carrier }) => carrier)).toEqual(head.carriers);
  });

  it("all carriers share a limit, and the base fee targets half of it", async () => {
    const { builder, chain, genesis } = await begin({ gasLimit: GAS_LIMIT_MAX });
    const parallel: Block[] = [];
    for (const index of [0, 1, 2, 3, 4]) {
      const timestampMs = genesis.header.timestampMs + 5 + index;
      parallel.push(await builder.mine({ parents: [genesis], timestampMs }));
    }
    const merging = await builder.mine({ parents: parallel });
    const next = await builder.mine({ parents: [merging] });
    await chain.take(...parallel, merging, next);
    const { gasLimit, carriers, header } = chain.view.blockByNumber(2)!;
    expect(carriers).toHaveLength(5);
    expect(gasLimit).toBe(CHAIN_GAS_MAX);
    const { baseFee, gasUsed } = header;
    expect(next.header.baseFee).toBe(nextBaseFee(builder.parameters, { baseFee, gasUsed, gasLimit }));
    expect(chain.view.head().hash).toBe(next.hash);
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("the base fee targets half of the gas available to the parent's carriers", async () => {
    const { builder, chain, genesis } = await begin({ gasLimit: 60_000n });
    const full = (from: "alice" | "bob", nonce: number) =>
      [0, 1].map((index) => transfer({ from, nonce: nonce + index, gasLimit: 21_000n }));
    const parallel = [
      await builder.mine({ parents: [genesis], transactions: full("alice", 0) }),
      await builder.mine({ parents: [genesis], transactions: full("bob", 0) }),
    ];
    const merging = await builder.mine({ parents: parallel });
    const next = await builder.mine({ parents: [merging] });
    await chain.take(...parallel, merging, next);
    const chainBlocks = [0, 1, 2, 3].map((number) => chain.view.blockByNumber(number)!);
    for (const [index, { header }] of chainBlocks.slice(1).entries()) {
      const { header: parent, gasLimit } = chainBlocks[index]!;
      const { baseFee, gasUsed } = parent;
      expect(header.baseFee).toBe(nextBaseFee(builder.parameters, { baseFee, gasUsed, gasLimit }));
    }
    const [, one, two, three] = chainBlocks.map(({ header }) => header.baseFee);
    // Gas above half of 60,000 raises the base fee; gas below half of 120,000 (two carriers) lowers it.
    expect(two! > one!).toBe(true);
    expect(three! < two!).toBe(true);
    expect(chain.view.nextBaseFee() < three!).toBe(true);
  });
});

describe("what contracts see [EXEC-12]", () => {
  it("TIMESTAMP never decreases along the chain, though header timestamps may", async () => {
    const { builder, chain, genesis } = await begin({ medianTimeWindow: { size: 27, sampleRate: 1 } });
    const start = genesis.header.timestampMs;
    const times = [10_000, 20_000, 15_500, 15_900, 30_999, 25_000];
    for (const [nonce, offset] of times.entries()) {
      const transactions = [
        transfer({ from: "alice", nonce, to: CONTRACT, data: operation("context", BigInt(16 * nonce)) }),
      ];
      await builder.mine({ timestampMs: start + offset, transactions });
    }
    await chain.take(...builder.blocks.slice(1));
    const seconds = [10, 20, 20, 20, 30, 30].map((offset) => start / 1_000 + offset);
    const state = chain.view.stateAt(chain.view.head().hash);
    expect(times.map((_, index) => chain.view.blockByNumber(index + 1)!.timestamp)).toEqual(seconds);
    expect(times.map((_, index) => Number(state.storage(CONTRACT, slotOf(BigInt(16 * index + 1)))))).toEqual(
      seconds,
    );
  });

  it("NUMBER, BASEFEE and GASLIMIT are the chain block's, for every carrier", async () => {
    const { builder, chain, genesis } = await begin();
    const call = (from: "alice" | "bob", at: bigint) =>
      transfer({ from, nonce: 0, to: CONTRACT, data: operation("context", at) });
    const parallel = [
      await builder.mine({ parents: [genesis], transactions: [call("alice", 0n)] }),
      await builder.mine({ parents: [genesis], transactions: [call("bob", 16n)] }),
    ];
    const merging = await builder.mine({ parents: parallel });
    await chain.take(...parallel, merging);
    const state = chain.view.stateAt(merging.hash);
    const at = parallel[0] === inOrder(builder, parallel)[0] ? 0n : 16n;
    expect(state.storage(CONTRACT, slotOf(at + 2n))).toBe(2n);
    expect(state.storage(CONTRACT, slotOf(at + 4n))).toBe(merging.header.baseFee);
    expect(state.storage(CONTRACT, slotOf(at + 5n))).toBe(60_000_000n);
  });

  it("PREVRANDAO depends only on header fields: equal before and after sealing, in view and trace", async () => {
    const { builder, chain } = await begin();
    const data = operation("context", 0n);
    const one = await builder.mine({
      transactions: [transfer({ from: "alice", nonce: 0, to: CONTRACT, data })],
    });
    const two = await builder.mine();
    await chain.take(one, two);
    const { prevRandao } = chain.view.blockByNumber(1)!;
    expect(chain.view.stateAt(one.hash).storage(CONTRACT, slotOf(0n))).toBe(BigInt(prevRandao));
    expect(chain.view.blockContext(one.hash).prevRandao).toBe(prevRandao);
    expect(chain.view.head().prevRandao).not.toBe(prevRandao);
    const reopened = await chain.reopen();
    expect(reopened.view.blockByNumber(1)!.prevRandao).toBe(prevRandao);
  });

  it("BLOCKHASH uses the chain of the executing block, also on an unselected branch", async () => {
    const { builder, chain, genesis } = await begin();
    const ask = (from: "alice" | "bob", nonce: number, number: number) =>
      transfer({
        from,
        nonce,
        to: CONTRACT,
        data: operation("blockHash", BigInt(100 + number), BigInt(number)),
      });
    const [left] = [await builder.mineChain(3, { parents: [genesis] })];
    const right = await builder.mineChain(3, { parents: [genesis], miner: minerAddress(1) });
    const asking = await builder.mine({
      parents: [right[2]!],
      transactions: [0, 1, 2, 3, 4, 5].map((number) => ask("alice", number, number)),
    });
    await chain.take(...left!, ...right, asking);
    expect(chain.view.head().hash).toBe(asking.hash);
    const state = chain.view.stateAt(asking.hash);
    const names = [genesis, ...right].map(({ hash }) => BigInt(hash));
    for (const [number, expected] of [...names, 0n, 0n].entries()) {
      expect(state.storage(CONTRACT, slotOf(BigInt(100 + number)))).toBe(expected);
    }
  });

  it("BLOCKHASH reaches 256 blocks back", async () => {
    const { builder, chain } = await begin();
    await builder.mineChain(258);
    const numbers = [1, 2, 3, 257, 258, 259];
    const transactions = numbers.map((number, nonce) =>
      transfer({
        from: "alice",
        nonce,
        to: CONTRACT,
        data: operation("blockHash", BigInt(number), BigInt(number)),
      }),
    );
    const asking = await builder.mine({ transactions });
    await chain.take(...builder.blocks.slice(1));
    expect(asking.header.number).toBe(259);
    const state = chain.view.stateAt(asking.hash);
    const known = (number: number): bigint => state.storage(CONTRACT, slotOf(BigInt(number)));
    expect(numbers.map((number) => known(number) === BigInt(builder.blocks[number]!.hash))).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
    ]);
  });
});
