import { isTrellisError } from "@trellis/base";
import { deploymentsAt } from "@trellis/contracts";
import { keccak256Hex } from "@trellis/crypto";
import { createEvm } from "@trellis/evm";
import {
  type ForkActivation,
  type Hash,
  HISTORY_STORAGE_ADDRESS,
  type PoolEvent,
  signAuthorization,
  signTransaction,
  TRANSACTION_TYPES,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import type { ChainPorts } from "./ChainOptions.ts";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { createTestChain } from "./testing/testChain.ts";
import {
  addressOf,
  COIN,
  CONTRACT,
  GWEI,
  type Name,
  secretOf,
  slotOf,
  testParameters,
  transfer,
} from "./testing/testNetwork.ts";

const OSAKA_FROM_2: readonly ForkActivation[] = [
  { name: "cancun", number: 0 },
  { name: "osaka", number: 2 },
];

async function begin(forks = OSAKA_FROM_2, ports: Partial<ChainPorts> = {}) {
  const parameters = testParameters({ forks });
  const evm = createEvm({ random: { bytes: (count) => new Uint8Array(count) } });
  const builder = await TestBlockBuilder.open(parameters, evm);
  const chain = await createTestChain({ parameters, ports: { evm, ...ports } });
  const events: PoolEvent[] = [];
  chain.pool.subscribe((event) => events.push(event));
  return { builder, chain, events, genesis: builder.genesis };
}

/** EIP-7825 refuses it. */
const aboveGasLimit = (from: Name, nonce = 0) =>
  transfer({ from, nonce, gasLimit: (1n << 24n) + 1n, feeWei: 2n * GWEI });
/** EIP-7623 refuses it. */
const belowFloor = (from: Name, nonce = 0) =>
  transfer({ from, nonce, data: new Uint8Array(4_000).fill(1), gasLimit: 85_001n });

function setCode(from: Name, value = 0n) {
  const unsigned = {
    ...{ type: TRANSACTION_TYPES.setCode, chainId: 31_337n, nonce: 0n, gasLimit: 100_000n, value },
    ...{ to: addressOf("erin"), data: new Uint8Array(0), accessList: [] },
    ...{ maxFeePerGas: 2n * GWEI, maxPriorityFeePerGas: GWEI },
    authorizationList: [
      signAuthorization({ chainId: 31_337n, address: CONTRACT, nonce: 0n }, secretOf("erin")),
    ],
  };
  return signTransaction(unsigned, secretOf(from));
}

describe("EXEC-9: REFUSED_BY_FORK", () => {
  it("skips a merged carrier's transactions that the chain block's fork refuses", async () => {
    const { builder, chain, genesis } = await begin();
    const siblings = [
      [aboveGasLimit("alice"), belowFloor("bob"), transfer({ from: "bob", nonce: 1 })],
      [aboveGasLimit("carol"), belowFloor("dave"), transfer({ from: "dave", nonce: 1 })],
    ];
    const parallel = [];
    for (const transactions of siblings)
      parallel.push(await builder.mine({ parents: [genesis], transactions }));
    const merging = await builder.mine({ parents: parallel });
    await chain.take(...parallel, merging);

    expect(chain.view.head().hash).toBe(merging.hash);
    const [merged, selected] = parallel.toSorted((a, b) => builder.dag.compare(a.hash, b.hash));
    // The fork of a chain block's own number lets all run.
    expect(chain.view.blockByHash(selected!.hash)!.transactions).toHaveLength(3);
    const carried = merged!.body.transactions.map(({ hash }) => hash);
    expect(chain.view.head().skipped).toEqual([
      { transactionHash: carried[0], carrier: merged!.hash, reason: "REFUSED_BY_FORK" },
      { transactionHash: carried[1], carrier: merged!.hash, reason: "REFUSED_BY_FORK" },
      { transactionHash: carried[2], carrier: merged!.hash, reason: "NONCE_TOO_HIGH" },
    ]);
    expect(chain.view.transactionStatus(carried[0]!)).toEqual({
      kind: "skipped",
      carriers: [merged!.hash],
      reason: "REFUSED_BY_FORK",
    });
    const head = chain.view.head();
    expect(
      await chain.view.simulation.traceBlock(head.hash, { kind: "call", onlyTopCall: true, withLog: false }),
    ).toEqual([]);
  });

  it("refuses the block whose own fork refuses a transaction (EXEC-2)", async () => {
    const { builder, chain, genesis } = await begin();
    const before = await builder.mine({
      parents: [genesis],
      tamperBody: (body) => ({ ...body, transactions: [setCode("alice")] }),
    });
    await expect(chain.take(before)).rejects.toSatisfy((error) => isTrellisError(error));
    const first = await builder.mine({ parents: [genesis] });
    const second = await builder.mine({ parents: [first], transactions: [setCode("alice")] });
    await chain.take(first, second);
    expect(chain.view.head().transactions).toHaveLength(1);
  });
});

describe("POOL-20: the pool at another fork", () => {
  it("drops what the next chain block's fork refuses, so that templates execute", async () => {
    const { builder, chain, events, genesis } = await begin();
    const kept = transfer({ from: "carol", nonce: 0 });
    await chain.submit(aboveGasLimit("alice"), belowFloor("bob"), kept);
    await chain.take(await builder.mine({ parents: [genesis] }));
    const dropped = events.filter(({ kind }) => kind === "dropped");
    expect(dropped).toMatchObject([{ reason: "REFUSED_BY_FORK" }, { reason: "REFUSED_BY_FORK" }]);
    expect(chain.pool.get(kept.hash)).toBeDefined();
    await chain.mine();
    expect(chain.view.locate(kept.hash)).toBeDefined();
  });

  it("admits what the next chain block's fork allows", async () => {
    const { builder, chain, genesis } = await begin();
    await expect(chain.submit(setCode("alice"))).rejects.toMatchObject({ code: "TX_TYPE_UNSUPPORTED" });
    const first = await builder.mine({ parents: [genesis] });
    await chain.take(first);
    await chain.submit(setCode("alice"));
    await chain.mine();
    expect(chain.view.head().transactions).toHaveLength(1);
    await expect(chain.submit(aboveGasLimit("bob"))).rejects.toMatchObject({ code: "TX_GAS_LIMIT_TOO_HIGH" });
  });
});

it("POOL-21: authorities are recovered ahead for senders that can pay", async () => {
  const asked: Hash[] = [];
  const { chain } = await begin([{ name: "osaka", number: 0 }], {
    recoverAuthorities: async ({ hash }) => void asked.push(hash),
  });
  const paid = setCode("alice");
  await chain.submit(paid);
  await expect(chain.submit(setCode("bob", 2_000n * COIN))).rejects.toMatchObject({
    code: "FUNDS_INSUFFICIENT",
  });
  await chain.submit(transfer({ from: "carol", nonce: 0 }));
  expect(asked).toEqual([paid.hash]);
});

describe("EVM-24: a later fork", () => {
  it("adds the contract of block hashes in its first chain block, on every branch", async () => {
    const forks: readonly ForkActivation[] = [
      { name: "cancun", number: 0 },
      { name: "prague", number: 2 },
      { name: "osaka", number: 3 },
    ];
    const { builder, chain, genesis } = await begin(forks);
    const { code } = deploymentsAt({ forks }, 2)[0]!;
    expect([0, 1, 3].flatMap((number) => deploymentsAt({ forks }, number))).toEqual([]);
    for (const miner of [addressOf("alice"), addressOf("bob")]) {
      const blocks = await builder.mineChain(3, { parents: [genesis], miner });
      await chain.take(...blocks);
      const states = blocks.map((block) => builder.stateAfter(block));
      const deployed = { nonce: 1n, balance: 0n, codeHash: keccak256Hex(code) };
      expect(states[0]!.account(HISTORY_STORAGE_ADDRESS)).toBeUndefined();
      expect(states[1]!.account(HISTORY_STORAGE_ADDRESS)).toMatchObject(deployed);
      expect(states[2]!.account(HISTORY_STORAGE_ADDRESS)).toMatchObject(deployed);
      expect(
        [0n, 1n, 2n].map((number) => states[2]!.storage(HISTORY_STORAGE_ADDRESS, slotOf(number))),
      ).toEqual([0n, BigInt(blocks[0]!.hash), BigInt(blocks[1]!.hash)]);
    }
    const transaction = transfer({ from: "carol", nonce: 0, to: HISTORY_STORAGE_ADDRESS });
    await chain.submit(transaction);
    await chain.mine();
    expect(chain.view.locate(transaction.hash)).toBeDefined();
  });
});
