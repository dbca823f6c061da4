import { keccak256Hex } from "@trellis/crypto";
import { type Address, EMPTY_CODE_HASH, type Hash, type OriginState, ZERO_HASH } from "@trellis/protocol";
import { expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, COIN, GENESIS_MS, slotOf, testParameters, transfer } from "./testing/testNetwork.ts";

const RICH: Address = `0x${"11".repeat(20)}`;
const TOKEN: Address = `0x${"22".repeat(20)}`;
const CODE = Uint8Array.of(0x60, 0x07);
const BLOCKS_UNTIL_FINAL = testParameters().finalityDepth + 2;

/** A forked chain with one rich account, and one contract with two slots. */
function createOrigin() {
  const reads: string[] = [];
  const origin: OriginState = {
    account(address) {
      reads.push(address);
      if (address === RICH) return { nonce: 3n, balance: 5n * COIN, codeHash: EMPTY_CODE_HASH };
      return address === TOKEN ? { nonce: 1n, balance: COIN, codeHash: keccak256Hex(CODE) } : undefined;
    },
    storage: (address, slot) =>
      address === TOKEN && (slot === slotOf(1n) || slot === slotOf(2n)) ? 70n + BigInt(slot) : 0n,
    code: () => CODE,
    blockHash: (number) => slotOf(BigInt(number)),
  };
  return { origin, reads };
}

const FIRST = 101;

function forkedChain(origin: OriginState): Promise<TestChain> {
  const parameters = testParameters();
  const genesis = { ...parameters.genesis, number: FIRST };
  return createTestChain({ parameters: { ...parameters, genesis }, isArchive: true, ports: { origin } });
}

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
  expect(chain.view.finalized().header.number).toBeGreaterThan(FIRST + 2);
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

it("STATE_INCOMPLETE: no proofs and lists of slots, because tries contain only what blocks wrote [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  await chain.mine();
  const { hash } = chain.view.head();
  const incomplete = expect.objectContaining({
    code: "STATE_INCOMPLETE",
    facts: { block: hash, forkedNumber: FIRST - 1 },
  });
  expect(() => chain.view.proofAt(hash, addressOf("bob"))).toThrow(incomplete);
  expect(() => chain.view.slotsAt(hash, TOKEN, ZERO_HASH, 10)).toThrow(incomplete);
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

it("continues the numbers and block hashes of the forked chain, also after a restart and a reset [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  const { genesisHash } = chain.view;
  expect(chain.view.head()).toMatchObject({ hash: genesisHash, header: { number: FIRST } });
  const hashesAt = ({ view }: TestChain, at: number) => {
    const { blockHash } = view.blockContext(view.hashByNumber(at)!);
    return [at - 257, FIRST - 256, FIRST - 1, FIRST, at].map((number) => blockHash(BigInt(number)));
  };
  const forked = (number: number) => slotOf(BigInt(number));
  expect(hashesAt(chain, FIRST).slice(2)).toEqual([forked(FIRST - 1), ZERO_HASH, ZERO_HASH]);
  await mineUntilFinal(chain);
  const check = (open: TestChain): void => {
    const { view } = open;
    expect(view.head().header.number).toBe(FIRST + BLOCKS_UNTIL_FINAL);
    expect([view.oldestNumber(), view.blockByNumber(FIRST)!.hash]).toEqual([FIRST, genesisHash]);
    expect([view.hashByNumber(FIRST - 1), view.hashByNumber(0)]).toEqual([undefined, undefined]);
    const first = FIRST + 1;
    expect(hashesAt(open, first)).toEqual([ZERO_HASH, ZERO_HASH, forked(FIRST - 1), genesisHash, ZERO_HASH]);
  };
  check(chain);
  check(await chain.reopen());
  expect(await chain.control!.reset()).toBe(true);
  expect(chain.view.head().header.number).toBe(FIRST);
  await chain.mine();
  expect(chain.view.head().header.number).toBe(FIRST + 1);
});

it("continues the time of the forked chain, not the node's clock [DEV-2]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  expect(chain.control!.nowMs()).toBe(GENESIS_MS);
  chain.clock.ms += 5_000;
  expect(chain.control!.nowMs()).toBe(GENESIS_MS + 5_000);
  await chain.mine();
  expect(chain.view.head().header.timestampMs).toBe(GENESIS_MS + 6_000);
  chain.control!.advance(60_000);
  await chain.mine();
  expect(chain.view.head().header.timestampMs).toBe(GENESIS_MS + 67_000);
  const reopened = await chain.reopen();
  expect(reopened.control!.nowMs()).toBe(GENESIS_MS + 67_000);
  expect(await reopened.control!.reset()).toBe(true);
  expect(reopened.control!.nowMs()).toBe(GENESIS_MS);
});

it("dumps written zeros, in layers and final [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  await chain.mine({ override: new Map([[TOKEN, { stateDiff: new Map([[slotOf(1n), 0n]]) }]]) });
  const dumped = () => [...chain.control!.accounts()].find(({ address }) => address === TOKEN)!;
  const expected = { nonce: 1n, balance: COIN, code: CODE, storage: new Map([[slotOf(1n), 0n]]) };
  expect(dumped()).toMatchObject(expected);
  await mineUntilFinal(chain);
  expect(dumped()).toMatchObject(expected);
});

it("a fork's store has no problems, but its state is not verified [DEV-7]", async () => {
  const chain = await forkedChain(createOrigin().origin);
  await chain.mine({ override: new Map([[TOKEN, { stateDiff: new Map([[slotOf(1n), 0n]]) }]]) });
  await chain.submit(transfer({ from: "alice", nonce: 0, to: RICH, valueWei: COIN }));
  await mineUntilFinal(chain);
  const { hash, header } = chain.view.head();
  expect(verifyStore(chain.store)).toMatchObject({
    problems: [],
    head: { number: header.number, hash },
    blocks: BLOCKS_UNTIL_FINAL + 2,
    transactions: 1,
    accounts: 0,
  });
});
