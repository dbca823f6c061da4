import { hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { createEvm } from "@trellis/evm";
import type { Address, Hash, StoredSlot } from "@trellis/protocol";
import { expect, it } from "vitest";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { slotOf, transfer } from "./testing/testNetwork.ts";

const CONTRACT: Address = `0x${"77".repeat(20)}`;
/** sstore(calldata[0], calldata[32]) */
const CODE = hexToBytes("0x6020355f355500");
const FIRST: Hash = `0x${"00".repeat(32)}`;

async function stored(): Promise<{ chain: TestChain; parent: Hash; block: Hash }> {
  const evm = createEvm({ random: { bytes: (count) => new Uint8Array(count) } });
  const chain = await createTestChain({ isArchive: true, ports: { evm } });
  const stateDiff = new Map([1n, 2n, 3n, 4n].map((slot) => [slotOf(slot), slot * 10n]));
  const parent = await chain.mine({ override: new Map([[CONTRACT, { code: CODE, stateDiff }]]) });
  for (const [nonce, [slot, value]] of [
    [1n, 0n],
    [9n, 90n],
    [2n, 21n],
  ].entries()) {
    const data = hexToBytes(`${slotOf(slot!)}${slotOf(value!).slice(2)}`);
    await chain.submit(
      transfer({ from: "alice", nonce, to: CONTRACT, data, valueWei: 0n, gasLimit: 100_000n }),
    );
  }
  return { chain, parent, block: await chain.mine() };
}

function expected(values: Readonly<Record<number, bigint>>, unnamed: readonly number[] = []): StoredSlot[] {
  return Object.entries(values)
    .map(([number, value]) => {
      const slot = slotOf(BigInt(number));
      const name = unnamed.includes(Number(number)) ? undefined : slot;
      return { hash: keccak256Hex(hexToBytes(slot)), slot: name, value };
    })
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

it("lists an account's slots in the order of their hashes, from one on", async () => {
  const { chain, parent, block } = await stored();
  const before = expected({ 1: 10n, 2: 20n, 3: 30n, 4: 40n });
  const after = expected({ 2: 21n, 3: 30n, 4: 40n, 9: 90n });
  expect(chain.view.slotsAt(parent, CONTRACT, FIRST, 100)).toEqual(before);
  expect(chain.view.slotsAt(block, CONTRACT, FIRST, 100)).toEqual(after);
  expect(chain.view.slotsAt(parent, CONTRACT, before[1]!.hash, 2)).toEqual(before.slice(1, 3));
  expect(chain.view.slotsAt(parent, CONTRACT, `0x${"ff".repeat(32)}`, 2)).toEqual([]);
  expect(chain.view.slotsAt(parent, `0x${"78".repeat(20)}`, FIRST, 2)).toEqual([]);

  for (let made = 0; made < 40; made++) await chain.mine();
  expect(chain.view.finalized().header.number).toBeGreaterThan(5);
  expect(chain.view.slotsAt(block, CONTRACT, FIRST, 100)).toEqual(after);
  // The newest state has no slot 1, so that nothing names it.
  const former = expected({ 1: 10n, 2: 20n, 3: 30n, 4: 40n }, [1]);
  expect(chain.view.slotsAt(parent, CONTRACT, FIRST, 100)).toEqual(former);
});

it("a block's transactions see what those before have changed", async () => {
  const { chain, block } = await stored();
  const { transactions } = chain.view.head();
  const changes: unknown[] = [];
  for (const { transaction } of transactions) {
    const tracer = { kind: "changedSlots", address: CONTRACT } as const;
    changes.push(await chain.view.simulation.traceTransaction(block, transaction.hash, tracer));
  }
  expect(changes).toEqual([
    {},
    { [slotOf(1n)]: slotOf(0n) },
    { [slotOf(1n)]: slotOf(0n), [slotOf(9n)]: slotOf(90n) },
  ]);
});
