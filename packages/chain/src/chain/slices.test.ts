import { bigintToBytes, hexToBytes, type Pace } from "@trellis/base";
import { createEvm } from "@trellis/evm";
import type { Address, Block, BlockTemplate, Evm, Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { proofsOf } from "./testing/proofsOf.ts";
import { createTestChain, dumpChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, minerAddress, testParameters, transfer } from "./testing/testNetwork.ts";

const WORKER: Address = `0x${"51".repeat(20)}`;
const WORK = hexToBytes("0x5f355b8080558060205fa1600190038060025700");
const REQUEST = { miner: minerAddress(9), stream: 0, extra: new Uint8Array(0) };

const parameters = (() => {
  const base = testParameters({ finalityDepth: 3, mergeDepth: 5 });
  const accounts = [...base.genesis.accounts, { address: WORKER, balance: 0n, nonce: 1n, code: WORK }];
  return { ...base, genesis: { ...base.genesis, accounts } };
})();

function evmWith(pace?: Pace): Evm {
  const random = { bytes: (count: number) => new Uint8Array(count).fill(7) };
  return createEvm({ random, ...(pace === undefined ? {} : { pace }) });
}

function eagerPace() {
  const pace = {
    pauses: 0,
    during: (): void => {},
    isDue: () => true,
    async pause() {
      pace.pauses++;
      await new Promise((resolve) => setImmediate(resolve));
      pace.during();
    },
    processorMs: () => 0,
  };
  return pace;
}

async function mineBlocks(): Promise<{ readonly blocks: Block[]; readonly whole: TestChain }> {
  const whole = await createTestChain({ parameters, ports: { evm: evmWith() } });
  const blocks: Block[] = [];
  for (let nonce = 0; nonce < 8; nonce++) {
    const data = bigintToBytes(BigInt(100 + nonce * 10), 32);
    await whole.submit(
      transfer({ from: "alice", nonce, to: WORKER, gasLimit: 9_000_000n, data }),
      transfer({ from: "bob", nonce, to: addressOf("carol"), valueWei: 5n }),
    );
    blocks.push(whole.view.block(await whole.mine())!);
  }
  return { blocks, whole };
}

it("EXEC-30: reads see the previous chain while a block is executed", async () => {
  const { blocks, whole } = await mineBlocks();
  const pace = eagerPace();
  const chain = await createTestChain({ parameters, ports: { evm: evmWith(pace), pace } });
  for (const block of blocks) {
    const before = chain.view.head();
    const balance = chain.view.stateAt(before.hash).account(addressOf("carol"))!.balance;
    const proof = proofsOf(chain.view, before.hash, WORKER, []);
    pace.pauses = 0;
    pace.during = () => {
      expect(chain.view.head().hash).toBe(before.hash);
      expect(chain.view.stateAt(before.hash).account(addressOf("carol"))!.balance).toBe(balance);
      expect(proofsOf(chain.view, before.hash, WORKER, [])).toEqual(proof);
      expect(chain.view.tips()).toEqual([before.hash]);
      expect(chain.view.dagBlock(block.hash)).toBeUndefined();
      expect(chain.view.transactionStatus(block.body.transactions[0]!.hash)).toEqual({ kind: "unknown" });
    };
    await chain.importBlock(block);
    expect(pace.pauses).toBeGreaterThan(10);
  }
  expect(chain.view.finalized().header.number).toBeGreaterThan(0);
  expect(chain.view.head()).toEqual(whole.view.head());
});

it("EXEC-30: execution in slices stores the same as execution at once", async () => {
  const { blocks } = await mineBlocks();
  const pace = eagerPace();
  const sliced = await createTestChain({ parameters, ports: { evm: evmWith(pace), pace } });
  const whole = await createTestChain({ parameters, ports: { evm: evmWith() } });
  await sliced.exchange.importBlocks(blocks);
  await whole.exchange.importBlocks(blocks);
  expect(dumpChain(sliced)).toEqual(dumpChain(whole));
});

it("EXEC-30: templates built during execution are valid", async () => {
  const { blocks } = await mineBlocks();
  const pace = eagerPace();
  const errors: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (event: string) => errors.push(event),
    child: () => log,
  };
  const chain = await createTestChain({ parameters, ports: { evm: evmWith(pace), pace, log } });
  const templates: Promise<BlockTemplate>[] = [];
  for (const block of blocks) {
    let isAsked = false;
    pace.during = () => {
      if (!isAsked) templates.push(chain.builder.createTemplate(REQUEST));
      isAsked = true;
    };
    await chain.importBlock(block);
  }
  pace.during = () => {};
  const mined: Hash[] = [];
  for (const [index, template] of (await Promise.all(templates)).entries()) {
    mined.push(await chain.builder.importSealed(template, BigInt(index + 1)));
  }
  expect(mined).toHaveLength(blocks.length);
  for (const hash of mined) expect(chain.view.dagBlock(hash)!.isDisqualified).toBe(false);
  expect(errors).toEqual([]);
});
