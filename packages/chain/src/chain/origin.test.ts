import { keccak256Hex } from "@trellis/crypto";
import { type Address, EMPTY_CODE_HASH, type Hash, type StateReader } from "@trellis/protocol";
import { expect, it } from "vitest";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, COIN, slotOf, testParameters, transfer } from "./testing/testNetwork.ts";

const RICH: Address = `0x${"11".repeat(20)}`;
const TOKEN: Address = `0x${"22".repeat(20)}`;
const CODE = Uint8Array.of(0x60, 0x07);
const BLOCKS_UNTIL_FINAL = testParameters().finalityDepth + 2;

/** A forked chain with one rich account, and one contract with two slots. */
function createOrigin() {
  const reads: string[] = [];
  const origin: StateReader = {
    account(address) {
      reads.push(address);
      if (address === RICH) return { nonce: 3n, balance: 5n * COIN, codeHash: EMPTY_CODE_HASH };
      return address === TOKEN ? { nonce: 1n, balance: COIN, codeHash: keccak256Hex(CODE) } : undefined;
    },
    storage: (address, slot) =>
      address === TOKEN && (slot === slotOf(1n) || slot === slotOf(2n)) ? 70n + BigInt(slot) : 0n,
    code: () => CODE,
  };
  return { origin, reads };
}

const forkedChain = (origin: StateReader) => createTestChain({ isArchive: true, ports: { origin } });

function slots({ view }: TestChain, block: Hash = view.head().hash): bigint[] {
  const state = view.stateAt(block);
  return [1n, 2n, 3n].map((slot) => state.storage(TOKEN, slotOf(slot)));
}

async function mineUntilFinal(chain: TestChain): Promise<void> {
  for (let made = 0; made < BLOCKS_UNTIL_FINAL; made++) await chain.mine();
}

it("reads the origin where no block has written [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  await chain.mine();
  const state = chain.view.stateAt(chain.view.head().hash);
  expect(state.account(RICH)).toMatchObject({ nonce: 3n, balance: 5n * COIN });
  expect(state.code(state.account(TOKEN)!.codeHash)).toEqual(CODE);
  expect(state.account(`0x${"33".repeat(20)}`)).toBeUndefined();
  expect(slots(chain)).toEqual([71n, 72n, 0n]);
});

it("keeps writes, zeros and deletions over the origin, also when they are final and after a restart [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  await chain.mine();
  const before = chain.view.head().hash;
  await chain.mine({
    override: new Map<Address, object>([
      [
        TOKEN,
        {
          stateDiff: new Map([
            [slotOf(1n), 0n],
            [slotOf(3n), 9n],
          ]),
        },
      ],
      [RICH, { nonce: 0n, balance: 0n }],
    ]),
  });
  const after = chain.view.head().hash;
  const check = ({ view }: TestChain): void => {
    expect(slots({ view } as TestChain, after)).toEqual([0n, 72n, 9n]);
    expect(view.stateAt(after).account(RICH)).toBeUndefined();
    expect(view.stateAt(after).account(TOKEN)).toMatchObject({ nonce: 1n, balance: COIN });
    expect(slots({ view } as TestChain, before)).toEqual([71n, 72n, 0n]);
    expect(view.stateAt(before).account(RICH)).toMatchObject({ balance: 5n * COIN });
  };
  check(chain);
  await mineUntilFinal(chain);
  expect(chain.view.finalized().header.number).toBeGreaterThan(2);
  check(chain);
  check(await chain.reopen());
});

it("adds a transfer to the origin's balance [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  await chain.submit(transfer({ from: "alice", nonce: 0, to: RICH, valueWei: COIN }));
  await chain.mine();
  await mineUntilFinal(chain);
  const state = chain.view.stateAt(chain.view.head().hash);
  expect(state.account(RICH)).toMatchObject({ nonce: 3n, balance: 6n * COIN });
});

it("has the same state roots, whatever was read [DEV-7]", async () => {
  const run = async (hasReads: boolean): Promise<Hash[]> => {
    const chain = await forkedChain(createOrigin().origin);
    const roots: Hash[] = [];
    for (let made = 0; made < 3; made++) {
      if (hasReads) slots(chain);
      if (made === 1) await chain.submit(transfer({ from: "alice", nonce: 0, to: RICH, valueWei: COIN }));
      await chain.mine();
      roots.push(chain.view.head().header.stateRoot);
    }
    return roots;
  };
  expect(await run(true)).toEqual(await run(false));
});

it("STATE_UNAVAILABLE: no proofs, because tries contain only what blocks wrote [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  await chain.mine();
  expect(() => chain.view.proofAt(chain.view.head().hash, addressOf("bob"))).toThrow(
    expect.objectContaining({ code: "STATE_UNAVAILABLE" }),
  );
});

it("an override of a slot that cannot be read is refused, not its finality [DEV-7]", async () => {
  const { origin } = createOrigin();
  let isGone = true;
  const chain = await forkedChain({
    ...origin,
    storage(address, slot) {
      if (isGone && address === TOKEN) throw new Error("gone");
      return origin.storage(address, slot);
    },
  });
  await chain.mine();
  const override = new Map([[TOKEN, { stateDiff: new Map([[slotOf(1n), 9n]]) }]]);
  await expect(chain.mine({ override })).rejects.toThrow("gone");
  isGone = false;
  await chain.mine({ override });
  expect(slots(chain)).toEqual([9n, 72n, 0n]);
});

it("a failed read keeps the transaction in the mempool, and the chain usable [DEV-7]", async () => {
  const { origin } = createOrigin();
  let isGone = false;
  const chain = await forkedChain({
    ...origin,
    account(address) {
      if (isGone) throw new Error("gone");
      return origin.account(address);
    },
  });
  await chain.mine();
  isGone = true;
  await chain.submit(transfer({ from: "alice", nonce: 0, to: RICH, valueWei: COIN }));
  await chain.mine();
  expect(chain.view.head().transactions).toEqual([]);
  expect(() => chain.view.stateAt(chain.view.head().hash).account(RICH)).toThrow("gone");
  isGone = false;
  await chain.mine();
  expect(chain.view.head().transactions).toHaveLength(1);
  expect(chain.failure()).toBeUndefined();
});
