import { seededRandom } from "@trellis/kit";
import type { Block } from "@trellis/protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { importStateFrom } from "../chain/testing/importState.ts";
import { mineRandomDag } from "../chain/testing/randomDag.ts";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { shallowParameters } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";

const parameters = shallowParameters();

let blocks: readonly Block[];

beforeAll(async () => {
  blocks = await mineRandomDag(await TestBlockBuilder.open(parameters), 720, seededRandom(11));
});

async function chainOf(taken: readonly Block[], isArchive = false): Promise<TestChain> {
  const chain = await createTestChain({ parameters, isArchive });
  await chain.exchange.importBlocks(taken);
  return chain;
}

describe("chain with an imported state prunes", () => {
  it.each([60, 250])(
    "STORE-PRUNE-2: the store stays correct past the base state (block %i)",
    async (count) => {
      const source = await chainOf(blocks.slice(0, count));
      const { number } = source.view.head().header;
      const base = source.view.block(source.view.blockByNumber(number - 5)!.hash)!;
      let chain = await createTestChain({ parameters });
      await importStateFrom(chain, source, base);
      const rest = blocks.filter(({ hash }) => !chain.exchange.has(hash));
      for (let at = 0, step = 30; at < rest.length; at += step) {
        step = at > 350 && at < 420 ? 2 + (at % 2) : 30;
        await chain.exchange.importBlocks(rest.slice(at, at + step));
        expect([at, verifyStore(chain.store).problems]).toEqual([at, []]);
        if (at % 5 === 0) chain = await chain.reopen();
      }
      const archive = await chainOf(blocks, true);
      const { view } = chain;
      expect(view.head()).toEqual(archive.view.head());
      expect(view.finalized()).toEqual(archive.view.finalized());
      if (count === 60) expect(view.oldestNumber()).toBeGreaterThan(base.header.number + 1);
      for (let at = view.oldestNumber(); at <= view.head().header.number; at++) {
        expect(view.blockByNumber(at)).toEqual(archive.view.blockByNumber(at));
      }
    },
  );
});
