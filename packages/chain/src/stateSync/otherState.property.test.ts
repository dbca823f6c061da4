import { type Address, type Block, type NetworkParameters, ZERO_HASH } from "@trellis/protocol";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fetchState, giveHeaders, giveSome, importStateFrom } from "../chain/testing/importState.ts";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { operation } from "../chain/testing/testEvm.ts";
import {
  addressOf,
  COIN,
  minerAddress,
  slotOf,
  testParameters,
  transfer,
} from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { STATE_TABLES } from "../store/stateTables.ts";

const CONTRACTS = ["c1", "c2", "c3"].map((byte): Address => `0x${byte.repeat(20)}`);
const [SOME, CLEARED, DELETED] = CONTRACTS as [Address, Address, Address];
const BLOCKS = 24;

const parameters = networkWith(CONTRACTS);
let source: TestChain;
let blocks: readonly Block[];

function networkWith(contracts: readonly Address[]): NetworkParameters {
  const plain = testParameters({ finalityDepth: 40 });
  const accounts = contracts.map((address) => ({
    address,
    balance: COIN,
    nonce: 1n,
    code: Uint8Array.of(1),
    storage: new Map(Array.from({ length: 40 }, (_, slot) => [slotOf(BigInt(slot)), 1n] as const)),
  }));
  return { ...plain, genesis: { ...plain.genesis, accounts: [...plain.genesis.accounts, ...accounts] } };
}

beforeAll(async () => {
  const builder = await TestBlockBuilder.open(parameters);
  let nonce = 0;
  const call = (to: Address, ...args: Parameters<typeof operation>) =>
    transfer({ from: "erin", nonce: nonce++, to, data: operation(...args) });
  for (let index = 0; index < BLOCKS; index++) {
    const value = BigInt(index % 5);
    await builder.mine({
      miner: minerAddress(index),
      transactions: [
        ...[0, 7, 13].map((slot) => call(SOME, "store", BigInt(slot + index), value)),
        index === 8 ? call(CLEARED, "clear") : call(CLEARED, "store", BigInt(index), 3n),
        ...(index === 15 ? [call(DELETED, "destroy")] : []),
        transfer({ from: "erin", nonce: nonce++, to: null, data: Uint8Array.of(7, index) }),
        transfer({ from: "alice", nonce: index, to: addressOf("bob"), valueWei: 1n }),
      ],
    });
  }
  blocks = builder.blocks.slice(1);
  source = await createTestChain({ parameters });
  await source.exchange.importBlocks(blocks);
});

/** Excludes codes, because codes of other states stay stored. */
function stored(chain: TestChain): unknown {
  const codes = `0x${STATE_TABLES.codes.id.toString(16)}`;
  return [...contentOf(chain.store)].filter(([key]) => !key.startsWith(codes));
}

describe("SYNC-STATE-3: change of the state during its import", () => {
  it("for any downloaded ranges of any states, only the last state is imported", async () => {
    const anyPart = fc.record({
      block: fc.nat(BLOCKS - 1),
      rounds: fc.nat(12),
      requests: fc.integer({ min: 1, max: 6 }),
      bytesMax: fc.integer({ min: 50, max: 1_500 }),
      isReopened: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPart, { minLength: 1, maxLength: 4 }),
        fc.nat(BLOCKS - 1),
        async (parts, last) => {
          let chain = await createTestChain({ parameters });
          await giveHeaders(chain, source);
          for (const { block, rounds, requests, bytesMax, isReopened } of parts) {
            const stateImport = await chain.states.startImport(blocks[block]!.hash);
            for (let round = 0; round < rounds; round++) {
              if (!(await giveSome(stateImport, source.states, requests, bytesMax))) break;
            }
            if (isReopened) chain = await chain.reopen();
          }
          await (await fetchState(chain, source, blocks[last]!)).complete();
          expect(verifyStore(chain.store).problems).toEqual([]);
          const straight = await createTestChain({ parameters });
          await importStateFrom(straight, source, blocks[last]!);
          expect(chain.view.head()).toEqual(straight.view.head());
          expect(stored(chain)).toEqual(stored(straight));
        },
      ),
      { numRuns: 12 },
    );
  });

  it("does not request equal parts again", async () => {
    const chain = await createTestChain({ parameters });
    await giveHeaders(chain, source);
    await fetchState(chain, source, blocks.at(-2)!);
    const counted = { bytes: 0 };
    const stateImport = await chain.states.startImport(blocks.at(-1)!.hash);
    const counting = {
      ...source.states,
      stateRange: async (...request: Parameters<typeof source.states.stateRange>) => {
        const range = await source.states.stateRange(...request);
        counted.bytes += range.entries.reduce((sum, { value }) => sum + value.length + 32, 0);
        return range;
      },
    };
    while (await giveSome(stateImport, counting, 9, 1));
    await stateImport.complete();
    const whole = await source.states.stateRange(blocks.at(-1)!.hash, undefined, ZERO_HASH, 1_000_000);
    expect(counted.bytes).toBeGreaterThan(0);
    expect(counted.bytes).toBeLessThan(whole.entries.reduce((sum, { value }) => sum + value.length + 32, 0));
    expect(verifyStore(chain.store).problems).toEqual([]);
  });
});
