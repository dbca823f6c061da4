import { silentLog } from "@trellis/base";
import type { AfterSlowGas, Block, BlockTemplate, Hash } from "@trellis/protocol";
import { storageErrors } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { TestBlockBuilder } from "./testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { minerAddress, shallowParameters, transfer } from "./testing/testNetwork.ts";

const REQUEST = { miner: minerAddress(0), stream: 0, extra: new Uint8Array(0) };
const hashesIn = ({ body }: Pick<BlockTemplate, "body">): Hash[] => body.transactions.map(({ hash }) => hash);

async function begin() {
  const errors: string[] = [];
  const log = { ...silentLog, error: (event: string) => errors.push(event), child: () => log };
  const chain = await createTestChain({ parameters: shallowParameters(), ports: { log } });
  return { chain, errors };
}

function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

function holdNextBlock(chain: TestChain) {
  const [begun, held] = [gate(), gate()];
  chain.evm.beforeBlock = async () => {
    chain.evm.beforeBlock = undefined;
    begun.open();
    await held.opened;
  };
  return { begun: begun.opened, release: held.open };
}

it("EXEC-28: a template leaves out slow transactions, and so do later templates", async () => {
  const { chain, errors } = await begin();
  const [slow, behind, quick] = [
    transfer({ from: "alice", nonce: 0 }),
    transfer({ from: "alice", nonce: 1 }),
    transfer({ from: "bob", nonce: 0 }),
  ];
  await chain.submit(slow, behind, quick);
  chain.evm.timeMs = (hash) => (hash === slow.hash ? 1_500 : 1);
  expect(hashesIn(await chain.builder.createTemplate(REQUEST))).toEqual([quick.hash]);
  expect(chain.evm.blocksRun).toBe(2);
  expect(hashesIn(await chain.builder.createTemplate(REQUEST))).toEqual([quick.hash]);
  expect(chain.evm.blocksRun).toBe(3);
  expect(chain.pool.status().pending).toBe(3);
  expect(errors).toEqual([]);
});

it("EXEC-28: a template is abandoned while a transaction runs for more than twice the budget", async () => {
  const { chain, errors } = await begin();
  const [endless, quick] = [transfer({ from: "alice", nonce: 0 }), transfer({ from: "bob", nonce: 0 })];
  await chain.submit(endless, quick);
  chain.evm.timeMs = (hash) => (hash === endless.hash ? 60_000 : 1);
  expect(hashesIn(await chain.builder.createTemplate(REQUEST))).toEqual([quick.hash]);
  expect(errors).toEqual([]);
});

it("EXEC-28: a block is valid at any execution time", async () => {
  const { chain } = await begin();
  const builder = await TestBlockBuilder.open(shallowParameters());
  const slow = transfer({ from: "alice", nonce: 0 });
  const block = await builder.mine({ transactions: [slow] });
  chain.evm.timeMs = () => 600_000;
  await chain.take(block);
  expect(chain.view.head().transactions).toHaveLength(1);
});

describe("EXEC-34: after slow gas", () => {
  const small = transfer({ from: "bob", nonce: 0 });
  const large = transfer({
    from: "carol",
    nonce: 0,
    gasLimit: 4_000_000n,
    tipWei: 2n * small.maxPriorityFeePerGas,
  });

  async function afterSlowBlock(timeMs: number): Promise<TestChain> {
    const { chain } = await begin();
    await chain.submit(transfer({ from: "alice", nonce: 0 }));
    chain.evm.timeMs = () => timeMs;
    await chain.mine();
    chain.evm.timeMs = () => 0.05;
    return chain;
  }

  const templateOf = async (chain: TestChain, afterSlowGas?: AfterSlowGas): Promise<Hash[]> =>
    hashesIn(await chain.builder.createTemplate({ ...REQUEST, ...(afterSlowGas && { afterSlowGas }) }));

  it("large transactions wait for six times the excess", async () => {
    const chain = await afterSlowBlock(100);
    await chain.submit(small, large);
    expect(await templateOf(chain)).toEqual([small.hash]);
    chain.clock.ms += 590;
    expect(await templateOf(chain)).toEqual([small.hash]);
    chain.clock.ms += 10;
    expect(await templateOf(chain)).toEqual([large.hash, small.hash]);
  });

  it("they wait at most 5 s", async () => {
    const chain = await afterSlowBlock(900);
    await chain.submit(large);
    chain.clock.ms += 4_999;
    expect(await templateOf(chain)).toEqual([]);
    chain.clock.ms += 1;
    expect(await templateOf(chain)).toEqual([large.hash]);
  });

  it("they come last where the producer makes all blocks, and are included when a block is requested", async () => {
    const chain = await afterSlowBlock(100);
    await chain.submit(large);
    expect(await templateOf(chain, "wait")).toEqual([]);
    expect(await templateOf(chain, "last")).toEqual([large.hash]);
    await chain.submit(small);
    expect(await templateOf(chain, "last")).toEqual([small.hash]);
    expect(await templateOf(chain, "take")).toEqual([large.hash, small.hash]);
  });

  it("an abandoned template counts as well", async () => {
    const { chain } = await begin();
    const endless = transfer({ from: "alice", nonce: 0 });
    await chain.submit(endless, small, large);
    chain.evm.timeMs = (hash) => (hash === endless.hash ? 60_000 : 0.1);
    expect(await templateOf(chain)).toEqual([small.hash]);
  });

  it("a template adds no large transactions to a large merged block, for 10 s", async () => {
    const chain = await afterSlowBlock(100);
    await chain.mine();
    const builder = await TestBlockBuilder.open(shallowParameters());
    const theirs = transfer({ from: "dave", nonce: 0, gasLimit: 4_000_000n });
    await chain.take(await builder.mine({ transactions: [theirs] }));
    await chain.submit(small, large);
    chain.clock.ms += 600;
    expect(await templateOf(chain)).toEqual([small.hash]);
    expect(await templateOf(chain, "last")).toEqual([large.hash, small.hash]);
    chain.clock.ms += 10_000;
    expect(await templateOf(chain)).toEqual([large.hash, small.hash]);
  });

  it("fast gas has no such effect", async () => {
    const chain = await afterSlowBlock(0.06);
    await chain.submit(small, large);
    expect(await templateOf(chain)).toEqual([large.hash, small.hash]);
  });
});

it("EXEC-24: a template whose state disappears during execution is built on the new sink without an error", async () => {
  const { chain, errors } = await begin();
  const builder = await TestBlockBuilder.open(shallowParameters());
  const blocks: Block[] = await builder.mineChain(40);
  await chain.take(blocks[0]!);
  const quick = transfer({ from: "bob", nonce: 0 });
  await chain.submit(quick);
  const { begun, release } = holdNextBlock(chain);
  const template = chain.builder.createTemplate(REQUEST);
  await begun;
  await chain.take(...blocks.slice(1));
  expect(chain.view.finalized().header.number).toBeGreaterThan(1);
  release();
  const { header, body } = await template;
  expect(header.parents).toEqual([chain.view.head().hash]);
  expect(hashesIn({ body })).toEqual([quick.hash]);
  expect(errors).toEqual([]);
});

it("EXEC-24: a damaged store is no reason for a fallback", async () => {
  const { chain, errors } = await begin();
  await chain.submit(transfer({ from: "bob", nonce: 0 }));
  const runsBefore = chain.evm.blocksRun;
  let attempts = 0;
  chain.evm.beforeBlock = () => {
    attempts += 1;
    throw storageErrors.STORE_CORRUPT({});
  };
  await expect(chain.builder.createTemplate(REQUEST)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  expect([attempts, chain.evm.blocksRun]).toEqual([1, runsBefore]);
  expect(errors).toEqual([]);
});

it("EXEC-24: an executed template counts, though the sink has moved", async () => {
  const { chain } = await begin();
  const builder = await TestBlockBuilder.open(shallowParameters());
  const [first, second] = await builder.mineChain(2);
  await chain.take(first!);
  const { begun, release } = holdNextBlock(chain);
  const building = chain.builder.createTemplate(REQUEST);
  await begun;
  await chain.take(second!);
  release();
  const template = await building;
  expect(template.header.parents).toEqual([first!.hash]);
  const hash = await chain.builder.importSealed(template, 1n);
  expect(chain.view.block(hash)).toBeDefined();
});

it("idle waits for a template too", async () => {
  const { chain } = await begin();
  const { begun, release } = holdNextBlock(chain);
  const order: string[] = [];
  const building = chain.builder.createTemplate(REQUEST).then(() => order.push("template"));
  await begun;
  const idle = chain.idle().then(() => order.push("idle"));
  release();
  await Promise.all([building, idle]);
  expect(order).toEqual(["template", "idle"]);
});
