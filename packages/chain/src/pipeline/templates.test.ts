import { silentLog } from "@trellis/base";
import type { Block, BlockTemplate, Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { minerAddress, shallowParameters, transfer } from "./testing/testNetwork.ts";
import { Workshop } from "./testing/Workshop.ts";

const REQUEST = { miner: minerAddress(0), stream: 0, extra: new Uint8Array(0) };
const hashesIn = ({ body }: Pick<BlockTemplate, "body">): Hash[] => body.transactions.map(({ hash }) => hash);

async function begin() {
  const errors: string[] = [];
  const log = { ...silentLog, error: (event: string) => errors.push(event), child: () => log };
  const chain = await createTestChain({ parameters: shallowParameters(), ports: { log } });
  return { chain, errors };
}

/** A promise that is kept when it is told. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** The next block that the engine runs waits. */
function holdNextBlock(chain: TestChain) {
  const [begun, held] = [gate(), gate()];
  chain.evm.beforeBlock = async () => {
    chain.evm.beforeBlock = undefined;
    begun.open();
    await held.opened;
  };
  return { begun: begun.opened, release: held.open };
}

it("EXEC-28: a template leaves out what made it slow, and so do those after it", async () => {
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

it("EXEC-28: a template is given up while a transaction runs for more than twice the budget", async () => {
  const { chain, errors } = await begin();
  const [endless, quick] = [transfer({ from: "alice", nonce: 0 }), transfer({ from: "bob", nonce: 0 })];
  await chain.submit(endless, quick);
  chain.evm.timeMs = (hash) => (hash === endless.hash ? 60_000 : 1);
  expect(hashesIn(await chain.builder.createTemplate(REQUEST))).toEqual([quick.hash]);
  expect(errors).toEqual([]);
});

it("EXEC-28: a block is valid however long its transactions take", async () => {
  const { chain } = await begin();
  const workshop = await Workshop.open(shallowParameters());
  const slow = transfer({ from: "alice", nonce: 0 });
  const block = await workshop.mine({ transactions: [slow] });
  chain.evm.timeMs = () => 600_000;
  await chain.take(block);
  expect(chain.view.head().transactions).toHaveLength(1);
});

it("EXEC-24: a template whose state goes while it is executed is built on the new sink, and that is no error", async () => {
  const { chain, errors } = await begin();
  const workshop = await Workshop.open(shallowParameters());
  const blocks: Block[] = await workshop.mineChain(40);
  await chain.take(blocks[0]!);
  const quick = transfer({ from: "bob", nonce: 0 });
  await chain.submit(quick);
  const { begun, release } = holdNextBlock(chain);
  const template = chain.builder.createTemplate(REQUEST);
  await begun;
  // Far enough for the template's parent to lie under what is final.
  await chain.take(...blocks.slice(1));
  expect(chain.view.finalized().header.number).toBeGreaterThan(1);
  release();
  const { header, body } = await template;
  expect(header.parents).toEqual([chain.view.head().hash]);
  expect(hashesIn({ body })).toEqual([quick.hash]);
  expect(errors).toEqual([]);
});

it("EXEC-24: a template that could be executed counts, though the sink has moved", async () => {
  const { chain } = await begin();
  const workshop = await Workshop.open(shallowParameters());
  const [first, second] = await workshop.mineChain(2);
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
