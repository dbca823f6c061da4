import { encodeCall, readActiveSet, readEpoch, STAKING_ADDRESS } from "@trellis/contracts";
import { describe, expect, it } from "vitest";
import { importStateFrom } from "../chain/testing/importState.ts";
import { type Name, transfer } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { registration, STAKE, stakedParameters, VALIDATORS, validatorOf } from "./testing/stakedNetwork.ts";
import { ValidatorNetwork, type ValidatorNode } from "./testing/ValidatorNetwork.ts";

const parameters = stakedParameters({
  validators: [],
  values: { epochLengthBlocks: 20n },
  overrides: { handover: { membersMin: 3, stakeMinWei: 3n * STAKE } },
});

function epochOf({ chain }: ValidatorNode) {
  return readEpoch(chain.view.stateAt(chain.view.head().hash));
}

function setOf({ chain }: ValidatorNode) {
  return readActiveSet(chain.view.stateAt(chain.view.head().hash)).members.map(({ validator }) => validator);
}

async function register(node: ValidatorNode, ...names: readonly Name[]): Promise<void> {
  for (const name of names) {
    await node.chain.intake.submit(registration(name, 0).encoded, { isLocal: true });
  }
}

const numberOf = (node: ValidatorNode) => node.chain.view.head().header.number;
const isHandedOver = (node: ValidatorNode) => epochOf(node).isHandedOver;

function expectOneChain({ nodes }: ValidatorNetwork): void {
  const present = nodes.filter(({ isAway }) => !isAway);
  const least = Math.min(...present.map(numberOf)) - 6;
  const hashes = present.map(({ chain }) => chain.view.blockByNumber(least)?.hash);
  expect(new Set(hashes).size).toBe(1);
  for (const { errors, store } of present) {
    expect(errors).toEqual([]);
    expect(verifyStore(store).problems).toEqual([]);
  }
}

describe("STAKE-18: depth finalizes until the first certificate", () => {
  it("three validators take over, and finality by depth never returns", async () => {
    const network = await ValidatorNetwork.open(parameters, ["alice", "bob", "carol"]);
    const [first] = network.nodes as [ValidatorNode];
    await network.time.run(15_000);
    const { finalized } = first.chain.finality.status();
    expect(finalized.number).toBeGreaterThan(2);
    expect(first.chain.finality.status()).toMatchObject({ validators: [], isFinalizing: true });
    expect(finalized.height).toBe(0);
    await register(first, "alice", "bob", "carol");
    expect(await network.time.run(60_000, () => network.nodes.every(isHandedOver))).toBe(true);
    const { certifiedHeight, certifiedSetEpoch } = epochOf(first);
    expect(certifiedHeight).toBeGreaterThan(certifiedSetEpoch);
    const from = network.slowest;
    expect(await network.time.run(60_000, () => network.slowest >= from + 10)).toBe(true);
    expect(first.chain.finality.status().lagBlocks).toBeLessThan(6);
    expectOneChain(network);
    for (const { chain } of network.nodes.slice(1)) chain.finality.stop();
    await network.time.run(3_000);
    const last = network.finalOf(first).number;
    await network.time.run(30_000);
    expect(numberOf(first) - last).toBeGreaterThan(2 * parameters.finalityDepth);
    expect(network.finalOf(first).number).toBe(last);
    expect(first.chain.finality.status().isFinalizing).toBe(false);
  });

  it("a set below the minimum changes nothing", async () => {
    const network = await ValidatorNetwork.open(parameters, ["alice", "bob"]);
    const [first] = network.nodes as [ValidatorNode];
    await register(first, "alice", "bob");
    await network.time.run(40_000);
    expect(setOf(first)).toEqual([]);
    expect(epochOf(first).epoch).toBeGreaterThan(2);
    expect(numberOf(first) - network.finalOf(first).number).toBeLessThan(parameters.finalityDepth + 5);
  });

  it("a silent set stops nothing, and the next set takes over", async () => {
    const network = await ValidatorNetwork.open(parameters, ["alice", "bob", "carol", "dave"]);
    const [first] = network.nodes as [ValidatorNode];
    for (const { chain } of network.nodes.slice(0, 2)) chain.finality.stop();
    await register(first, "alice", "bob", "carol");
    await network.time.run(40_000);
    expect(setOf(first)).toHaveLength(3);
    expect(epochOf(first)).toMatchObject({ isHandedOver: false, certifiedHeight: 0 });
    expect(epochOf(first).epoch).toBeGreaterThan(2);
    const status = first.chain.finality.status();
    expect(status).toMatchObject({ isFinalizing: true, finalized: { height: 0 } });
    expect(status.lagBlocks).toBeLessThan(parameters.finalityDepth + 5);
    for (const node of network.nodes.slice(0, 2)) await network.begin(node);
    expect(await network.time.run(60_000, () => network.nodes.every(isHandedOver))).toBe(true);
    const from = network.slowest;
    expect(await network.time.run(60_000, () => network.slowest >= from + 10)).toBe(true);
    expectOneChain(network);
  });

  it("a key without proof of possession does not register", async () => {
    const network = await ValidatorNetwork.open(parameters, ["alice"]);
    const [first] = network.nodes as [ValidatorNode];
    const { key } = validatorOf("erin");
    const data = encodeCall("register(bytes,bytes,uint16)", [key, validatorOf("alice").proof, 1_000n]);
    const call = { from: "erin" as const, nonce: 0, to: STAKING_ADDRESS, valueWei: STAKE };
    const transaction = transfer({ ...call, gasLimit: 2_000_000n, data });
    await first.chain.intake.submit(transaction.encoded, { isLocal: true });
    await network.time.run(5_000);
    const { block, index } = first.chain.view.locate(transaction.hash)!;
    expect(block.transactions[index]!.receipt.status).toBe(0);
  });
});

describe("the first certificate", () => {
  /** `deaf` receives votes only through blocks; `late` misses blocks for some time. */
  it("is the same for all states, whenever a node receives it", async () => {
    const network = await ValidatorNetwork.open(parameters, ["alice", "bob", "carol", undefined, undefined]);
    const [first, , , deaf, late] = network.nodes as [
      ValidatorNode,
      ValidatorNode,
      ValidatorNode,
      ValidatorNode,
      ValidatorNode,
    ];
    deaf.chain.finality.stop();
    await register(first, "alice", "bob", "carol");
    await network.time.run(8_000);
    late.isAway = true;
    const voters = network.nodes.slice(0, 3);
    expect(await network.time.run(60_000, () => voters.every(isHandedOver))).toBe(true);
    await network.time.run(10_000);
    late.isAway = false;
    await network.fetchBlocks(late);
    await network.time.run(10_000);
    expect(isHandedOver(deaf)).toBe(true);
    expectOneChain(network);
    expect(deaf.chain.view.finalized().header.number).toBeGreaterThan(numberOf(deaf) - 12);
    expect(network.finalOf(late).height).toBeGreaterThan(network.finalOf(first).height - 3);
  });

  it("that no block carries is final for its receivers, and depth and epochs continue", async () => {
    const network = await ValidatorNetwork.open(parameters, ["alice", "bob", "carol", undefined]);
    const [first, , , deaf] = network.nodes as [ValidatorNode, ValidatorNode, ValidatorNode, ValidatorNode];
    deaf.chain.finality.stop();
    await register(first, "alice", "bob", "carol");
    const restore = network.nodes.map(({ chain: { finality } }) => {
      const own = finality.votesFor;
      finality.votesFor = () => ({ certificates: [], evidence: [] });
      return () => {
        finality.votesFor = own;
      };
    });
    await network.time.run(35_000);
    expect(network.nodes.some(isHandedOver)).toBe(false);
    expect(epochOf(first).epoch).toBeGreaterThan(2);
    expect(network.finalOf(first).height).toBeGreaterThan(5);
    expect(first.chain.finality.status().lagBlocks).toBeLessThan(6);
    expect(deaf.chain.finality.status().lagBlocks).toBeGreaterThan(parameters.finalityDepth - 5);
    expectOneChain(network);
    for (const carryAgain of restore) carryAgain();
    expect(await network.time.run(30_000, () => network.nodes.every(isHandedOver))).toBe(true);
    const from = epochOf(first).epoch;
    expect(await network.time.run(60_000, () => epochOf(first).epoch > from + 1)).toBe(true);
    expectOneChain(network);
  });

  it("and a restart around it: the node resumes where it was", async () => {
    const network = await ValidatorNetwork.open(parameters, VALIDATORS);
    const [first] = network.nodes as [ValidatorNode];
    await register(first, ...VALIDATORS);
    const heard = () => network.nodes.some((node) => network.finalOf(node).height > 0);
    expect(await network.time.run(60_000, heard)).toBe(true);
    for (const node of network.nodes) await network.begin(node);
    const from = network.slowest;
    expect(await network.time.run(60_000, () => network.slowest >= from + 8)).toBe(true);
    expect(network.nodes.every(isHandedOver)).toBe(true);
    expectOneChain(network);
  });

  it("a node that imports a state before it, or after it, continues to vote", async () => {
    for (const isAfter of [false, true]) {
      const network = await ValidatorNetwork.open(parameters, ["alice", "bob", "carol"]);
      const [first] = network.nodes as [ValidatorNode];
      await register(first, "alice", "bob", "carol");
      if (isAfter) await network.time.run(60_000, () => network.nodes.every(isHandedOver));
      await network.time.run(isAfter ? 12_000 : 14_000);
      const late = await network.add(undefined);
      await importStateFrom(late.chain, first.chain, first.chain.view.finalized());
      await network.fetchBlocks(late);
      const from = network.finalOf(first).height;
      const follows = () => network.finalOf(late).height >= from + 8;
      expect(await network.time.run(90_000, follows)).toBe(true);
      expectOneChain(network);
    }
  });
});
