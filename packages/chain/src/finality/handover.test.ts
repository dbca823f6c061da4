import { encodeCall, readActiveSet, readEpoch, STAKING_ADDRESS } from "@trellis/contracts";
import { describe, expect, it } from "vitest";
import { importStateFrom } from "../chain/testing/importState.ts";
import { type Name, transfer } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { Parliament, type Seat } from "./fixtures/Parliament.ts";
import { registration, STAKE, stakedParameters, VALIDATORS, validatorOf } from "./fixtures/stakedNetwork.ts";

/** Begins without validators; three with a thousand coins each take over. */
const parameters = stakedParameters({
  validators: [],
  values: { epochLengthBlocks: 20n },
  overrides: { handover: { membersMin: 3, stakeMinWei: 3n * STAKE } },
});

function epochOf({ chain }: Seat) {
  return readEpoch(chain.view.stateAt(chain.view.head().hash));
}

function setOf({ chain }: Seat) {
  return readActiveSet(chain.view.stateAt(chain.view.head().hash)).members.map(({ validator }) => validator);
}

async function register(seat: Seat, ...names: readonly Name[]): Promise<void> {
  for (const name of names) {
    await seat.chain.intake.submit(registration(name, 0).encoded, { isLocal: true });
  }
}

const numberOf = (seat: Seat) => seat.chain.view.head().header.number;
const isHandedOver = (seat: Seat) => epochOf(seat).isHandedOver;

/** All are on one chain, on whose states they agree, and nobody saw a contradiction. */
function expectOneChain({ seats }: Parliament): void {
  const present = seats.filter(({ isAway }) => !isAway);
  const least = Math.min(...present.map(numberOf)) - 6;
  const hashes = present.map(({ chain }) => chain.view.blockByNumber(least)?.hash);
  expect(new Set(hashes).size).toBe(1);
  for (const { errors, store } of present) {
    expect(errors).toEqual([]);
    expect(verifyStore(store).problems).toEqual([]);
  }
}

describe("STAKE-18: depth makes final until the first certificate", () => {
  it("three validators take over, and depth never comes back", async () => {
    const parliament = await Parliament.open(parameters, ["alice", "bob", "carol"]);
    const [first] = parliament.seats as [Seat];
    await parliament.time.run(15_000);
    const { finalized } = first.chain.finality.status();
    expect(finalized.number).toBeGreaterThan(2);
    expect(first.chain.finality.status()).toMatchObject({ validators: [], isFinalizing: true });
    expect(finalized.height).toBe(0);
    await register(first, "alice", "bob", "carol");
    expect(await parliament.time.run(60_000, () => parliament.seats.every(isHandedOver))).toBe(true);
    const { certifiedHeight, certifiedSetEpoch } = epochOf(first);
    expect(certifiedHeight).toBeGreaterThan(certifiedSetEpoch);
    const from = parliament.slowest;
    expect(await parliament.time.run(60_000, () => parliament.slowest >= from + 10)).toBe(true);
    expect(first.chain.finality.status().lagBlocks).toBeLessThan(6);
    expectOneChain(parliament);
    // Two of three are silent: nothing becomes final, however deep it is.
    for (const { chain } of parliament.seats.slice(1)) chain.finality.stop();
    await parliament.time.run(3_000);
    const last = parliament.finalOf(first).number;
    await parliament.time.run(30_000);
    expect(numberOf(first) - last).toBeGreaterThan(2 * parameters.finalityDepth);
    expect(parliament.finalOf(first).number).toBe(last);
    expect(first.chain.finality.status().isFinalizing).toBe(false);
  });

  it("fewer than the least set change nothing", async () => {
    const parliament = await Parliament.open(parameters, ["alice", "bob"]);
    const [first] = parliament.seats as [Seat];
    await register(first, "alice", "bob");
    await parliament.time.run(40_000);
    expect(setOf(first)).toEqual([]);
    expect(epochOf(first).epoch).toBeGreaterThan(2);
    expect(numberOf(first) - parliament.finalOf(first).number).toBeLessThan(parameters.finalityDepth + 5);
  });

  it("a set that is silent stops nothing, and the next one takes over", async () => {
    const parliament = await Parliament.open(parameters, ["alice", "bob", "carol", "dave"]);
    const [first] = parliament.seats as [Seat];
    for (const { chain } of parliament.seats.slice(0, 2)) chain.finality.stop();
    await register(first, "alice", "bob", "carol");
    await parliament.time.run(40_000);
    expect(setOf(first)).toHaveLength(3);
    expect(epochOf(first)).toMatchObject({ isHandedOver: false, certifiedHeight: 0 });
    expect(epochOf(first).epoch).toBeGreaterThan(2);
    const status = first.chain.finality.status();
    expect(status).toMatchObject({ isFinalizing: true, finalized: { height: 0 } });
    expect(status.lagBlocks).toBeLessThan(parameters.finalityDepth + 5);
    // They come back, and vote in an epoch in which they have not before.
    for (const seat of parliament.seats.slice(0, 2)) await parliament.begin(seat);
    expect(await parliament.time.run(60_000, () => parliament.seats.every(isHandedOver))).toBe(true);
    const from = parliament.slowest;
    expect(await parliament.time.run(60_000, () => parliament.slowest >= from + 10)).toBe(true);
    expectOneChain(parliament);
  });

  it("a key that proves nothing does not register", async () => {
    const parliament = await Parliament.open(parameters, ["alice"]);
    const [first] = parliament.seats as [Seat];
    const { key } = validatorOf("erin");
    const data = encodeCall("register(bytes,bytes,uint16)", [key, validatorOf("alice").proof, 1_000n]);
    const call = { from: "erin" as const, nonce: 0, to: STAKING_ADDRESS, valueWei: STAKE };
    const transaction = transfer({ ...call, gasLimit: 2_000_000n, data });
    await first.chain.intake.submit(transaction.encoded, { isLocal: true });
    await parliament.time.run(5_000);
    const { block, index } = first.chain.view.locate(transaction.hash)!;
    expect(block.transactions[index]!.receipt.status).toBe(0);
  });
});

describe("the first certificate", () => {
  /** One hears nothing of the vote but what blocks carry; one misses those for a while as well. */
  it("is the same for all states, whoever hears of it when", async () => {
    const parliament = await Parliament.open(parameters, ["alice", "bob", "carol", undefined, undefined]);
    const [first, , , deaf, late] = parliament.seats as [Seat, Seat, Seat, Seat, Seat];
    deaf.chain.finality.stop();
    await register(first, "alice", "bob", "carol");
    await parliament.time.run(8_000);
    late.isAway = true;
    const voters = parliament.seats.slice(0, 3);
    expect(await parliament.time.run(60_000, () => voters.every(isHandedOver))).toBe(true);
    await parliament.time.run(10_000);
    late.isAway = false;
    await parliament.fetchBlocks(late);
    await parliament.time.run(10_000);
    expect(isHandedOver(deaf)).toBe(true);
    expectOneChain(parliament);
    expect(deaf.chain.view.finalized().header.number).toBeGreaterThan(numberOf(deaf) - 12);
    expect(parliament.finalOf(late).height).toBeGreaterThan(parliament.finalOf(first).height - 3);
  });

  it("that no block carries is final for who heard it, and depth and epochs go on", async () => {
    const parliament = await Parliament.open(parameters, ["alice", "bob", "carol", undefined]);
    const [first, , , deaf] = parliament.seats as [Seat, Seat, Seat, Seat];
    deaf.chain.finality.stop();
    await register(first, "alice", "bob", "carol");
    const restore = parliament.seats.map(({ chain: { finality } }) => {
      const own = finality.votesFor;
      finality.votesFor = () => ({ certificates: [], evidence: [] });
      return () => {
        finality.votesFor = own;
      };
    });
    await parliament.time.run(35_000);
    expect(parliament.seats.some(isHandedOver)).toBe(false);
    expect(epochOf(first).epoch).toBeGreaterThan(2);
    expect(parliament.finalOf(first).height).toBeGreaterThan(5);
    expect(first.chain.finality.status().lagBlocks).toBeLessThan(6);
    expect(deaf.chain.finality.status().lagBlocks).toBeGreaterThan(parameters.finalityDepth - 5);
    expectOneChain(parliament);
    for (const carryAgain of restore) carryAgain();
    expect(await parliament.time.run(30_000, () => parliament.seats.every(isHandedOver))).toBe(true);
    const from = epochOf(first).epoch;
    expect(await parliament.time.run(60_000, () => epochOf(first).epoch > from + 1)).toBe(true);
    expectOneChain(parliament);
  });

  it("and a restart around it: the node goes on where it was", async () => {
    const parliament = await Parliament.open(parameters, VALIDATORS);
    const [first] = parliament.seats as [Seat];
    await register(first, ...VALIDATORS);
    const heard = () => parliament.seats.some((seat) => parliament.finalOf(seat).height > 0);
    expect(await parliament.time.run(60_000, heard)).toBe(true);
    for (const seat of parliament.seats) await parliament.begin(seat);
    const from = parliament.slowest;
    expect(await parliament.time.run(60_000, () => parliament.slowest >= from + 8)).toBe(true);
    expect(parliament.seats.every(isHandedOver)).toBe(true);
    expectOneChain(parliament);
  });

  it("a node that takes over a state before it, or after it, votes on", async () => {
    for (const isAfter of [false, true]) {
      const parliament = await Parliament.open(parameters, ["alice", "bob", "carol"]);
      const [first] = parliament.seats as [Seat];
      await register(first, "alice", "bob", "carol");
      if (isAfter) await parliament.time.run(60_000, () => parliament.seats.every(isHandedOver));
      await parliament.time.run(isAfter ? 12_000 : 14_000);
      const late = await parliament.add(undefined);
      await importStateFrom(late.chain, first.chain, first.chain.view.finalized());
      await parliament.fetchBlocks(late);
      const from = parliament.finalOf(first).height;
      const follows = () => parliament.finalOf(late).height >= from + 8;
      expect(await parliament.time.run(90_000, follows)).toBe(true);
      expectOneChain(parliament);
    }
  });
});
