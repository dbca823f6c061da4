import { isTrellisError } from "@trellis/base";
import {
  type Block,
  BODY_LIMITS,
  type Body,
  bodyRoot,
  createTransaction,
  EMPTY_BODY,
  EMPTY_CROSS_SHARD_LISTS,
  HEADER_VERSION,
  type Header,
  type NetworkParameters,
  ZERO_HASH,
} from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { codeAndReason } from "../store/testing/codeAndReason.ts";
import { type MineOptions, TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { BAD_NONCE, createTestChain, dumpChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, COIN, GWEI, minerAddress, testParameters, transfer } from "./testing/testNetwork.ts";

let builder: TestBlockBuilder;
let chain: TestChain;

async function begin(overrides: Partial<NetworkParameters> = {}): Promise<void> {
  const parameters = testParameters({ finalityDepth: 4, ...overrides });
  builder = await TestBlockBuilder.open(parameters);
  const trunk = await builder.mineChain(9);
  await builder.mine({ parents: [trunk[7]!] });
  await builder.mine({ parents: [trunk[8]!], transactions: [transfer({ from: "alice", nonce: 0 })] });
  chain = await createTestChain({ parameters });
  await chain.take(...builder.blocks.slice(1));
  await chain.submit(transfer({ from: "carol", nonce: 0 }), transfer({ from: "carol", nonce: 2 }));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isTrellisError(error) ? codeAndReason(error) : `no typed error: ${String(error)}`;
}

async function expectRefused(code: string, block: Block): Promise<void> {
  const before = dumpChain(chain);
  expect(await codeOf(chain.importBlock(block))).toBe(code);
  expect(dumpChain(chain)).toEqual(before);
}

async function expectTampered(code: string, tamper: (header: Header) => Partial<Header>): Promise<void> {
  await expectRefused(code, await builder.mine({ tamper }));
}

async function expectDisqualified(tamper: (header: Header) => Partial<Header>): Promise<void> {
  const head = chain.view.head().hash;
  const block = await builder.mine({ tamper });
  await chain.take(block);
  expect(chain.view.dagBlock(block.hash)).toMatchObject({ isDisqualified: true, isChainBlock: false });
  expect(chain.view.head().hash).toBe(head);
}

const tip = (): Block => builder.blocks.at(-1)!;

describe("the header in isolation [EXEC-1]", () => {
  beforeEach(() => begin());

  it("BLOCK_KNOWN", async () => {
    await expectRefused("BLOCK_KNOWN", builder.blocks[3]!);
    await expectRefused("BLOCK_KNOWN", builder.genesis);
  });

  it("BLOCK_INVALID: unknown version", () =>
    expectTampered("BLOCK_INVALID: unknown version", () => ({ version: HEADER_VERSION + 1 })));

  it("BLOCK_INVALID: another shard", () =>
    expectTampered("BLOCK_INVALID: another shard", () => ({ shard: 1 })));

  it("BLOCK_INVALID: no parent", () => expectTampered("BLOCK_INVALID: no parent", () => ({ parents: [] })));

  it("BLOCK_INVALID: too many parents", () =>
    expectTampered("BLOCK_INVALID: too many parents", () => ({
      parents: builder.blocks.slice(0, builder.parameters.parentsMax + 1).map(({ hash }) => hash),
    })));

  it("BLOCK_INVALID: a duplicate parent", () =>
    expectTampered("BLOCK_INVALID: duplicate parent", ({ parents }) => ({
      parents: [...parents, ...parents],
    })));

  it("BLOCK_INVALID: extra field too long", () =>
    expectTampered("BLOCK_INVALID: extra field too long", () => ({
      extra: new Uint8Array(builder.parameters.extraBytesMax + 1),
    })));

  it("BLOCK_INVALID: unknown stream", () =>
    expectTampered("BLOCK_INVALID: unknown stream", () => ({ stream: 3 })));

  it("BLOCK_INVALID: proof of work misses the target", () =>
    expectTampered("BLOCK_INVALID: proof of work misses the target", () => ({
      seal: { branch: [], nonce: BAD_NONCE },
    })));

  it("accepts values exactly at a limit", async () => {
    const { parentsMax, extraBytesMax, timestampAheadMaxMs } = builder.parameters;
    const parallel: Block[] = [];
    for (let index = 0; index < parentsMax; index++) {
      parallel.push(await builder.mine({ parents: [builder.blocks[11]!], miner: minerAddress(index) }));
    }
    const widest = await builder.mine({ parents: parallel });
    const longest = await builder.mine({
      tamper: () => ({
        extra: new Uint8Array(extraBytesMax),
        seal: { branch: Array(8).fill(ZERO_HASH), nonce: 1n },
      }),
      isKept: true,
    });
    const latest = await builder.mine({ timestampMs: chain.clock.ms + timestampAheadMaxMs });
    await chain.take(...parallel, widest, longest, latest);
    expect(chain.view.head().hash).toBe(latest.hash);
  });

  it("BLOCK_INVALID: proof of work misses the target does not affect the same header with another seal", async () => {
    const bad = await builder.mine({ tamper: () => ({ seal: { branch: [], nonce: BAD_NONCE } }) });
    await expectRefused("BLOCK_INVALID: proof of work misses the target", bad);
    await chain.take(await builder.mine());
  });

  it("BLOCK_INVALID: merge-mining branch too long", () =>
    expectTampered("BLOCK_INVALID: merge-mining branch too long", () => ({
      seal: { branch: Array.from({ length: 9 }, () => ZERO_HASH), nonce: 1n },
    })));

  it("TIMESTAMP_AHEAD: the same block is accepted when its time has come", async () => {
    const { timestampAheadMaxMs } = builder.parameters;
    const block = await builder.mine({ timestampMs: chain.clock.ms + timestampAheadMaxMs + 1 });
    await expectRefused("TIMESTAMP_AHEAD", block);
    chain.clock.ms += 1;
    await chain.take(block);
  });
});

describe("the body in isolation [EXEC-2]", () => {
  beforeEach(() => begin());
  const some = transfer({ from: "dave", nonce: 0 });

  it("BODY_ROOT_WRONG", async () => {
    const block = await builder.mine({ tamperBody: (body) => ({ ...body, transactions: [some] }) });
    await expectRefused("BODY_ROOT_WRONG", block);
  });

  it("BLOCK_INVALID: a duplicate transaction", async () => {
    await expectRefused(
      "BLOCK_INVALID: duplicate transaction",
      await builder.mine({ transactions: [some, some], isKept: false }),
    );
  });

  it("BLOCK_INVALID: body of another version", async () => {
    const withLists = (body: Body): Body => ({ ...body, crossShard: EMPTY_CROSS_SHARD_LISTS });
    const block = await builder.mine({
      tamperBody: withLists,
      tamper: () => ({ bodyRoot: bodyRoot(withLists(EMPTY_BODY)) }),
    });
    await expectRefused("BLOCK_INVALID: body of another version", block);
  });

  it("BLOCK_INVALID: too many transactions: by one, executable or not", async () => {
    const { transactionsMax } = BODY_LIMITS;
    const withMany = async (count: number): Promise<Block> => {
      const transactions = Array.from({ length: count }, (_, nonce) =>
        createTransaction({ ...some, nonce: BigInt(nonce) }, { kind: "ecdsa", r: 5n, s: 5n, yParity: 0 }),
      );
      return builder.mine({
        tamperBody: (body) => ({ ...body, transactions }),
        tamper: () => ({ bodyRoot: bodyRoot({ ...EMPTY_BODY, transactions }) }),
      });
    };
    await expectRefused("BLOCK_INVALID: too many transactions", await withMany(transactionsMax + 1));
    await expectRefused(
      "BLOCK_INVALID: no sender recoverable from a transaction",
      await withMany(transactionsMax),
    );
  });

  it("BLOCK_INVALID: too large: by one byte of the encoded body", async () => {
    const transactions = [
      some,
      transfer({ from: "erin", nonce: 0, data: new Uint8Array(300), gasLimit: 200_000n }),
    ];
    const bytes = some.encoded.length + transactions[1]!.encoded.length;
    // RLP headers: 2 + 3 bytes (transactions), 3 (list), 3 (body), empty sections.
    const size = bytes + 2 + 3 + 3 + 3 + 2;
    await begin({ bodyBytesMax: size - 1, transactionBytesMax: 1_000 });
    const block = await builder.mine({ transactions });
    await expectRefused("BLOCK_INVALID: too large", block);
    chain = await createTestChain({ parameters: { ...builder.parameters, bodyBytesMax: size } });
    await chain.take(...builder.blocks.slice(1));
  });

  it("refuses a transaction that is valid in no block, with its code (TX-13)", async () => {
    const badChain = createTransaction({ ...some, chainId: 1n }, some.signature);
    await expectRefused(
      "TX_CHAIN_ID_MISMATCH",
      await builder.mine({ transactions: [badChain], isKept: false }),
    );
    const badGas = transfer({ from: "dave", nonce: 0, gasLimit: 20_999n });
    await expectRefused(
      "TX_INTRINSIC_GAS_TOO_LOW",
      await builder.mine({ transactions: [badGas], isKept: false }),
    );
  });

  it("BLOCK_INVALID: no sender recoverable from a transaction", async () => {
    const unsigned = createTransaction({ ...some, nonce: 7n }, { kind: "ecdsa", r: 5n, s: 5n, yParity: 0 });
    const block = await builder.mine({
      transactions: [some],
      tamperBody: (body) => ({ ...body, transactions: [unsigned] }),
      tamper: () => ({ bodyRoot: bodyRoot({ ...EMPTY_BODY, transactions: [unsigned] }) }),
    });
    await expectRefused("BLOCK_INVALID: no sender recoverable from a transaction", block);
  });
});

describe("the header in context [EXEC-3] [EXEC-4]", () => {
  beforeEach(() => begin());

  it("PARENT_UNKNOWN", async () => {
    const missing = await builder.mine();
    await expectRefused("PARENT_UNKNOWN", await builder.mine({ parents: [missing] }));
    await expectRefused("PARENT_UNKNOWN", await builder.mine({ parents: [missing, builder.blocks[9]!] }));
  });

  it("BLOCK_INVALID: a parent is an ancestor of another", () =>
    expectTampered("BLOCK_INVALID: a parent is an ancestor of another", ({ parents }) => ({
      parents: [...parents, builder.blocks[2]!.hash],
    })));

  it("BLOCK_INVALID: selected parent not first", async () => {
    const parents = [tip(), builder.blocks.at(-2)!];
    const tamper = (header: Header) => ({ parents: header.parents.toReversed() });
    await expectRefused("BLOCK_INVALID: selected parent not first", await builder.mine({ parents, tamper }));
  });

  it("BLOCK_INVALID: timestamp not after the median time of the past", async () => {
    const { timestampMs } = builder.genesis.header;
    await expectRefused(
      "BLOCK_INVALID: timestamp not after the median time of the past",
      await builder.mine({ tamper: () => ({ timestampMs }) }),
    );
  });

  it("BLOCK_INVALID: mergeset too large", async () => {
    await begin({ mergesetMax: 3 });
    const side = await builder.mineChain(3, { parents: [builder.blocks[9]!] });
    const other = await builder.mineChain(4, { parents: [builder.blocks[11]!] });
    await chain.take(...side, ...other);
    const parents = [other[3]!, side[2]!];
    await expectRefused("BLOCK_INVALID: mergeset too large", await builder.mine({ parents, isKept: false }));
    await chain.take(await builder.mine({ parents: [other[3]!, side[1]!] }));
  });

  it("BLOCK_INVALID: red block below the merge depth", async () => {
    await begin({ mergeDepth: 8, ghostdagK: 2, finalityDepth: 100 });
    const side = await builder.mineChain(6, { parents: [builder.blocks[1]!] });
    const main = await builder.mineChain(12, { parents: [builder.blocks[11]!] });
    await chain.take(...side, ...main);
    const parents = [main.at(-1)!, side.at(-1)!];
    await expectRefused(
      "BLOCK_INVALID: red block below the merge depth",
      await builder.mine({ parents, isKept: false }),
    );
  });

  it.each([
    ["number", ({ number }: Header) => ({ number: number + 1 })],
    ["bits", ({ bits }: Header) => ({ bits: bits - 1 })],
    ["daaScore", ({ daaScore }: Header) => ({ daaScore: daaScore + 1 })],
    ["blueScore", ({ blueScore }: Header) => ({ blueScore: blueScore + 1 })],
    ["blueWork", ({ blueWork }: Header) => ({ blueWork: blueWork + 1n })],
  ])("BLOCK_INVALID: field differs from the value implied by the past: %s", (_, tamper) =>
    expectTampered("BLOCK_INVALID: field differs from the value implied by the past", tamper),
  );

  it("BLOCK_INVALID: finalized block not on the chain, or older than the selected parent's: unknown, beside the chain, above it", async () => {
    const beside = await builder.mine({ parents: [builder.blocks[3]!] });
    await chain.take(beside);
    const parents = [builder.blocks[11]!];
    for (const finalized of [ZERO_HASH, beside.hash, tip().hash]) {
      await expectRefused(
        "BLOCK_INVALID: finalized block not on the chain, or older than the selected parent's",
        await builder.mine({ parents, tamper: () => ({ finalized }) }),
      );
    }
  });

  it("no block of the selected chain names a newer block than depth makes final", async () => {
    const { finalized } = (await builder.mine({ isKept: false })).header;
    const newest = builder.blocks.findIndex(({ hash }) => hash === finalized);
    const tooNew = builder.blocks[newest + 1]!.hash;
    await expectDisqualified(() => ({ finalized: tooNew }));
    await expectDisqualified(({ parents }) => ({ finalized: parents[0]! }));
  });

  it("a wrong base fee is found at execution", async () => {
    await expectDisqualified(({ baseFee }) => ({ baseFee: baseFee + 1n }));
    await expectDisqualified(({ baseFee }) => ({ baseFee: baseFee - 1n }));
  });

  it("BLOCK_INVALID: finalized block not on the chain, or older than the selected parent's: an older block than the selected parent names", async () => {
    await expectTampered(
      "BLOCK_INVALID: finalized block not on the chain, or older than the selected parent's",
      () => ({ finalized: builder.genesis.hash }),
    );
  });

  it("a miner may name an older final block than others", async () => {
    const { finalized } = tip().header;
    const block = await builder.mine({ tamper: () => ({ finalized }), isKept: true });
    await chain.take(block);
    expect(chain.view.head().hash).toBe(block.hash);
  });
});

describe("refused blocks do not change the chain", () => {
  it("hundreds of refusals between valid blocks", async () => {
    await begin();
    const bad: MineOptions[] = [
      { tamper: () => ({ version: 9 }) },
      { tamper: ({ blueScore }) => ({ blueScore: blueScore + 1 }) },
      { tamper: () => ({ timestampMs: 0 }) },
      { tamperBody: (body) => ({ ...body, transactions: [transfer({ from: "dave", nonce: 0 })] }) },
    ];
    for (let round = 0; round < 25; round++) {
      for (const options of bad) {
        const block = await builder.mine(options);
        await expect(chain.importBlock(block)).rejects.toThrow();
      }
      await chain.take(await builder.mine({ transactions: [transfer({ from: "dave", nonce: round })] }));
    }
    const clean = await createTestChain({ parameters: builder.parameters });
    await clean.take(...builder.blocks.slice(1));
    await clean.submit(transfer({ from: "carol", nonce: 0 }), transfer({ from: "carol", nonce: 2 }));
    expect((dumpChain(chain) as { stored: unknown }).stored).toEqual(
      (dumpChain(clean) as { stored: unknown }).stored,
    );
  });

  it("a sender for whom the node signed is not recovered", async () => {
    await begin();
    const { encoded } = transfer({ from: "dave", nonce: 0 });
    const hash = await chain.intake.submit(encoded, { isLocal: true, sender: addressOf("erin") });
    expect(chain.pool.get(hash)?.sender).toBe(addressOf("erin"));
  });

  it("refusals by the mempool change nothing either", async () => {
    await begin();
    const before = dumpChain(chain);
    const submit = (transaction: ReturnType<typeof transfer>) =>
      codeOf(chain.intake.submit(transaction.encoded, { isLocal: true }));
    expect(await submit(transfer({ from: "alice", nonce: 0 }))).toBe("NONCE_TOO_LOW");
    expect(await submit(transfer({ from: "carol", nonce: 0 }))).toBe("ALREADY_KNOWN");
    expect(await submit(transfer({ from: "carol", nonce: 0, feeWei: 11n * GWEI }))).toBe(
      "REPLACEMENT_UNDERPRICED",
    );
    expect(await submit(transfer({ from: "erin", nonce: 0, valueWei: 2_000n * COIN }))).toBe(
      "FUNDS_INSUFFICIENT",
    );
    expect(await codeOf(chain.intake.submit(new Uint8Array(5), { isLocal: true }))).toMatch(/^(RLP|TX)_/);
    expect(dumpChain(chain)).toEqual(before);
    expect(chain.pool.nextNonce(addressOf("carol"))).toBe(1n);
  });
});
