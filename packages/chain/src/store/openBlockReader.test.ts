import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, openStoreReader, STORE_KINDS } from "@trellis/storage";
import { expect, it, onTestFinished } from "vitest";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { createTestChain } from "../chain/testing/testChain.ts";
import { operation } from "../chain/testing/testEvm.ts";
import { CONTRACT, slotOf, testParameters, transfer } from "../chain/testing/testNetwork.ts";
import { openBlockReader } from "./openBlockReader.ts";

const parameters = testParameters({ finalityDepth: 6 });

it.each(STORE_KINDS)("another reader of the store returns the same blocks: %s", async (kind) => {
  const directory = await mkdtemp(join(tmpdir(), "trellis-reading-"));
  const written = await openStore(directory, kind);
  const builder = await TestBlockBuilder.open(parameters);
  const own = await createTestChain({ parameters, store: written });
  const reader = openStoreReader(directory);
  onTestFinished(async () => {
    await written.close();
    await rm(directory, { recursive: true });
  });
  const blocks = openBlockReader(reader, 1 << 20);
  const logs = (nonce: number) =>
    transfer({ from: "alice", nonce, to: CONTRACT, data: operation("log", BigInt(nonce)) });
  for (let nonce = 0; nonce < 6; nonce++) {
    await builder.mine({ transactions: [logs(nonce)] });
    await own.take(builder.blocks.at(-1)!);
    const { hash } = own.view.head();
    await reader.inView(async () => {
      expect(blocks.blockByHash(hash)).toEqual(own.view.blockByHash(hash));
      expect(blocks.chainHeader(hash)).toEqual(own.view.chainHeader(hash));
      expect(blocks.header(hash)).toEqual(own.view.header(hash));
    });
  }
  expect(own.view.head().transactions[0]!.receipt.logs).toHaveLength(1);
  expect(own.view.hashByNumber(3)).toBe(own.view.blockByNumber(3)!.hash);
  for (const read of [blocks.blockByHash, blocks.chainHeader, blocks.header]) {
    expect(read(slotOf(1n))).toBeUndefined();
  }
});
