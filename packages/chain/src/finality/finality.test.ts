import { bytesEqual } from "@trellis/base";
import { encodeCall, readActiveSet, readEpoch, STAKING_ADDRESS } from "@trellis/contracts";
import { blsPublicKey, blsSecretFromSeed, blsSign } from "@trellis/crypto";
import { type Hash, type StateReader, voteDomainOf, voteSignedBytes } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { importStateFrom } from "../chain/testing/importState.ts";
import { addressOf, type Name, transfer } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { ProtectedSigner } from "./slashingProtection/ProtectedSigner.ts";
import {
  blsSecretOf,
  contentOf,
  keyReplacement,
  registration,
  STAKE,
  signedVote,
  stakedParameters,
  VALIDATORS,
  withGasLimitDecided,
} from "./testing/stakedNetwork.ts";
import { type GossipMessage, ValidatorNetwork, type ValidatorNode } from "./testing/ValidatorNetwork.ts";

const OTHER: Hash = `0x${"0b".repeat(32)}`;

function stateOf({ chain }: ValidatorNode): StateReader {
  return chain.view.stateAt(chain.view.head().hash);
}

function call(node: ValidatorNode, signature: string, ...values: readonly bigint[]) {
  const head = node.chain.view.head().hash;
  return node.chain.view.simulation.call(head, {
    from: addressOf("erin"),
    to: STAKING_ADDRESS,
    gasLimit: 1_000_000n,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    value: 0n,
    data: encodeCall(signature, values),
    accessList: [],
  });
}

async function numberOf(
  node: ValidatorNode,
  signature: string,
  ...values: readonly bigint[]
): Promise<bigint> {
  const { output } = await call(node, signature, ...values);
  return BigInt(`0x${Buffer.from(output.subarray(0, 32)).toString("hex")}`);
}

function rewardsOf(node: ValidatorNode, name: Name): Promise<bigint> {
  const address = BigInt(addressOf(name));
  return numberOf(node, "rewardsOf(address,address)", address, address);
}

function stakeOf(node: ValidatorNode, name: Name): Promise<bigint> {
  const address = BigInt(addressOf(name));
  return numberOf(node, "stakeOf(address,address)", address, address);
}

function expectAgreement(network: ValidatorNetwork, heightMin: number): void {
  const nodes = network.nodes.filter(({ isAway }) => !isAway);
  const heights = nodes.map((node) => network.finalOf(node).height);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(heightMin);
  const values = new Map<number, Hash>();
  for (const { chain, errors } of nodes) {
    expect(errors).toEqual([]);
    for (const { height, value } of chain.finality.certificatesFrom(1, 1_000)) {
      expect([height, value]).toEqual([height, values.get(height) ?? value]);
      values.set(height, value);
      expect(chain.view.isOnSelectedChain(value)).toBe(true);
    }
  }
}

describe("chain with validators", () => {
  it("one validator finalizes alone", async () => {
    const network = await ValidatorNetwork.open(stakedParameters({ validators: ["alice"] }), ["alice"]);
    const [node] = network.nodes;
    expect(await network.time.run(60_000, () => network.slowest >= 12)).toBe(true);
    const { chain } = node!;
    const { finalized, isFinalizing, epoch, lagBlocks, validators, self } = chain.finality.status();
    expect(isFinalizing).toBe(true);
    expect(epoch).toBeGreaterThan(0);
    expect(lagBlocks).toBeLessThan(6);
    expect(self).toBe(0);
    expect(validators).toEqual([
      {
        index: 0,
        address: addressOf("alice"),
        publicKey: blsPublicKey(blsSecretOf("alice")),
        power: STAKE,
        signed: finalized.height,
        missed: 0,
      },
    ]);
    expect(chain.view.finalized().hash).toBe(finalized.hash);
    expect(readEpoch(stateOf(node!)).certifiedHeight).toBeGreaterThan(8);
    expect(verifyStore(node!.store).problems).toEqual([]);
    expect(node!.errors).toEqual([]);
  });

  it("four validators agree on finality, record it in blocks, and are paid", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    expect(await network.time.run(60_000, () => network.slowest >= 30)).toBe(true);
    expectAgreement(network, 30);
    const [node] = network.nodes;
    const { view } = node!.chain;
    const heights = network.mined.flatMap(({ body }) => body.certificates.map(({ height }) => height));
    for (let height = 1; height <= 25; height++) expect(heights).toContain(height);
    const { certifiedHeight, epoch } = readEpoch(stateOf(node!));
    expect(view.head().header.finalized).toBe(node!.chain.finality.certificate(certifiedHeight)!.value);
    expect(epoch).toBeGreaterThanOrEqual(2);
    for (const name of VALIDATORS) {
      expect(await rewardsOf(node!, name)).toBeGreaterThan(0n);
    }
    for (const { signed, missed } of node!.chain.finality.status().validators) {
      expect([signed > 20, missed <= 1]).toEqual([true, true]);
    }
    expect(view.safe().header.number).toBe(
      Math.max(view.head().header.number - 10, view.finalized().header.number),
    );
  });
});

describe("validators", () => {
  it("that vote twice are found in blocks, slashed and removed in the next epoch", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    const liar = network.nodes[3]!;
    const voteTwice = (sent: GossipMessage): readonly GossipMessage[] => {
      if (sent.kind !== "vote" || sent.vote.message.value === undefined) return [sent];
      const message = { ...sent.vote.message, value: OTHER };
      const bytes = voteSignedBytes(voteDomainOf(liar.chain.view), message, OTHER);
      return [sent, { kind: "vote", vote: { message, signature: blsSign(bytes, blsSecretOf("dave")) } }];
    };
    network.carry = (from, message) => (from === liar ? voteTwice(message) : [message]);
    const honest = network.nodes.slice(0, 3);
    const isGone = () => honest.every(({ chain }) => chain.finality.status().validators.length === 3);
    expect(await network.time.run(60_000, isGone)).toBe(true);
    expect(await network.time.run(5_000)).toBe(false);
    expectAgreement(network, 10);
    const evidence = network.mined.flatMap(({ body }) => body.evidence);
    expect(evidence.length).toBeGreaterThan(0);
    expect(await stakeOf(honest[0]!, "dave")).toBe((STAKE * 95n) / 100n);
    for (const name of ["alice", "bob", "carol"] as const)
      expect(await stakeOf(honest[0]!, name)).toBe(STAKE);
    const { members } = readActiveSet(stateOf(honest[0]!));
    expect(members.map(({ validator }) => validator)).not.toContain(addressOf("dave"));
  });

  it("that register vote from the next epoch", async () => {
    const parameters = stakedParameters({ validators: ["alice", "bob", "carol"] });
    const network = await ValidatorNetwork.open(parameters, VALIDATORS);
    const [first] = network.nodes;
    await first!.chain.intake.submit(registration("dave", 0).encoded, { isLocal: true });
    const dave = () =>
      first!.chain.finality.status().validators.find(({ address }) => address === addressOf("dave"));
    expect(dave()).toBeUndefined();
    expect(await network.time.run(60_000, () => (dave()?.signed ?? 0) >= 3)).toBe(true);
    expectAgreement(network, 10);
    expect(network.nodes[3]!.chain.finality.status().self).toBeDefined();
  });
});

describe("FINAL-27: validators that replace their key", () => {
  const next = blsSecretFromSeed(new Uint8Array(32).fill(77));
  const hold = ({ chain }: ValidatorNode): void => {
    const log = { load: () => undefined, save: async () => {} };
    chain.finality.addSigner(new ProtectedSigner(voteDomainOf(chain.view), next, log));
  };
  const alice = ({ chain }: ValidatorNode) =>
    chain.finality.status().validators.find(({ address }) => address === addressOf("alice"))!;
  const hasReplaced = (node: ValidatorNode) => bytesEqual(alice(node).publicKey, blsPublicKey(next));
  const keyOf = (node: ValidatorNode, epoch: number) =>
    readActiveSet(stateOf(node), epoch).members.find(({ validator }) => validator === addressOf("alice"))!
      .key;

  it("vote with each epoch's key and miss nothing; earlier certificates stay valid", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    const [node, other] = network.nodes as [ValidatorNode, ValidatorNode];
    expect(await network.time.run(60_000, () => network.slowest >= 3)).toBe(true);
    hold(node);
    await other.chain.intake.submit(keyReplacement("alice", 0, next).encoded, { isLocal: true });
    expect(await network.time.run(60_000, () => hasReplaced(other))).toBe(true);
    const { height } = network.finalOf(other);
    expect(await network.time.run(60_000, () => network.slowest >= height + 10)).toBe(true);
    expectAgreement(network, height + 10);
    expect(alice(other).missed).toBeLessThanOrEqual(1);
    expect(node.chain.finality.status()).toMatchObject({ signing: "signing", self: contentOf("alice") });
    expect(network.mined.flatMap(({ body }) => body.evidence)).toEqual([]);
    expect(keyOf(other, 0)).toEqual(blsPublicKey(blsSecretOf("alice")));
    const late = await network.add(undefined);
    await network.fetchBlocks(late);
    expect(network.finalOf(late).height).toBeGreaterThan(height);
  });

  it("vote from the moment at which the node gets a key that its set has already", async () => {
    const network = await ValidatorNetwork.open(stakedParameters({ validators: ["alice"] }), ["alice"]);
    const [node] = network.nodes as [ValidatorNode];
    await node.chain.intake.submit(keyReplacement("alice", 0, next).encoded, { isLocal: true });
    expect(await network.time.run(60_000, () => hasReplaced(node))).toBe(true);
    const { height } = network.finalOf(node);
    await network.time.run(10_000);
    expect(network.finalOf(node).height).toBe(height);
    hold(node);
    expect(await network.time.run(30_000, () => network.slowest > height + 3)).toBe(true);
    expect(node.errors).toEqual([]);
  });

  it("are punished for the old key's equivocation in its epochs", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    const [node, other] = network.nodes as [ValidatorNode, ValidatorNode];
    hold(node);
    await other.chain.intake.submit(keyReplacement("alice", 0, next).encoded, { isLocal: true });
    expect(await network.time.run(60_000, () => hasReplaced(other))).toBe(true);
    const at = { epoch: 0, height: 2, round: 5, step: "prevote" } as const;
    const domain = voteDomainOf(other.chain.view);
    const [first, second] = [undefined, OTHER].map((value) => signedVote(domain, "alice", at, value));
    other.chain.finality.submitEvidence({ first: first!, second: second! });
    const isGone = () => other.chain.finality.status().validators.length === 3;
    expect(await network.time.run(60_000, isGone)).toBe(true);
    expect(await stakeOf(other, "alice")).toBe((STAKE * 95n) / 100n);
  });
});

describe("governance", () => {
  it("GOV-3: a gas limit takes effect when the next epoch begins", async () => {
    const parameters = withGasLimitDecided(stakedParameters(), 20_000_000n);
    const network = await ValidatorNetwork.open(parameters, VALIDATORS);
    expect(await network.time.run(60_000, () => network.slowest >= 20)).toBe(true);
    expectAgreement(network, 20);
    const { view } = network.nodes[0]!.chain;
    const { startNumber } = readEpoch(stateOf(network.nodes[0]!));
    const budgets = Array.from({ length: startNumber }, (_, number) => {
      const { gasLimit, carriers } = view.blockByNumber(number)!;
      return gasLimit / BigInt(carriers.length);
    });
    const first = budgets.indexOf(20_000_000n);
    expect(first).toBeGreaterThanOrEqual(10);
    expect(new Set(budgets.slice(0, first))).toEqual(new Set([30_000_000n]));
    expect(new Set(budgets.slice(first))).toEqual(new Set([20_000_000n]));
    expect(view.nextGasLimit()).toBe(20_000_000n);
    expect(verifyStore(network.nodes[0]!.store).problems).toEqual([]);
  });
});

describe("node that was offline", () => {
  it("catches up from bodies alone, over epochs", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    const late = await network.add(undefined);
    late.isAway = true;
    expect(await network.time.run(60_000, () => network.slowest >= 30)).toBe(true);
    network.stopMining();
    await network.fetchBlocks(late);
    const { certifiedHeight, epoch } = readEpoch(stateOf(network.nodes[0]!));
    expect(epoch).toBeGreaterThan(1);
    expect(network.finalOf(late)).toMatchObject({
      height: certifiedHeight,
      hash: network.nodes[0]!.chain.finality.certificate(certifiedHeight)!.value,
    });
    expect(late.errors).toEqual([]);
    expect(late.chain.finality.certificatesFrom(1, 1_000)).toHaveLength(certifiedHeight);
  });

  it("requests certificates that no body carries only when a peer reports higher finality [NET-26]", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    const late = await network.add(undefined);
    const [first] = network.nodes;
    late.isAway = true;
    expect(await network.time.run(60_000, () => network.slowest >= 6)).toBe(true);
    network.stopMining();
    await network.time.run(5_000);
    await network.fetchBlocks(late);
    late.isAway = false;
    await network.time.run(5_000);
    const { height, number } = network.finalOf(first!);
    expect(network.finalOf(late).height).toBeLessThan(height);
    late.chain.finality.receiveFinal(network.finalOf(late).number);
    await network.time.run(1_000);
    expect(network.finalOf(late).height).toBeLessThan(height);
    late.chain.finality.receiveFinal(number);
    await network.time.run(1_000);
    expect(network.finalOf(late)).toEqual(network.finalOf(first!));
  });

  it("catches up from certificates alone, also for blocks that arrive later", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    const late = await network.add(undefined);
    late.isAway = true;
    expect(await network.time.run(60_000, () => network.slowest >= 30)).toBe(true);
    network.stopMining();
    const [first] = network.nodes;
    const certificates = first!.chain.finality.certificatesFrom(1, 1_000);
    const last = certificates.findLast(({ epoch }) => epoch === 0)!;
    await late.hear({ kind: "certificate", certificate: last });
    await late.chain.idle();
    expect(network.finalOf(late).height).toBe(0);
    const { number } = first!.chain.view.block(last.value)!.header;
    await late.chain.exchange.importBlocks(network.mined.filter(({ header }) => header.number <= number));
    await late.chain.idle();
    expect(network.finalOf(late)).toMatchObject({ height: last.height, hash: last.value });
    await late.chain.exchange.importBlocks(network.mined);
    for (const certificate of certificates) {
      await late.hear({ kind: "certificate", certificate });
      await late.chain.idle();
    }
    expect(network.finalOf(late)).toEqual(network.finalOf(first!));
    expect(late.chain.view.head().hash).toBe(first!.chain.view.head().hash);
    expect(late.errors).toEqual([]);
    expect(verifyStore(late.store).problems).toEqual([]);
  });

  it("resumes from its store after a restart, and signs nothing that contradicts earlier votes", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    for (const node of network.nodes) {
      const before = network.slowest;
      expect(await network.time.run(60_000, () => network.slowest >= before + 3)).toBe(true);
      const { height, hash } = network.finalOf(node);
      node.chain.finality.stop();
      await node.chain.idle();
      await network.begin(node);
      expect(network.finalOf(node)).toMatchObject({ height, hash });
    }
    const before = network.slowest;
    expect(await network.time.run(60_000, () => network.slowest >= before + 5)).toBe(true);
    expectAgreement(network, before + 5);
    expect(network.mined.flatMap(({ body }) => body.evidence)).toEqual([]);
  });
});

describe("node that imports a state", () => {
  it("right at the end of an epoch knows the gas limit before it, the height, and the validators", async () => {
    const parameters = withGasLimitDecided(stakedParameters(), 20_000_000n);
    const network = await ValidatorNetwork.open(parameters, VALIDATORS);
    const [first] = network.nodes;
    const { view } = first!.chain;
    const hasEnded = () => readEpoch(stateOf(first!)).epoch === 1;
    for (let nonce = 0; !hasEnded(); nonce++) {
      const { encoded } = transfer({ from: "erin", nonce, valueWei: 1n });
      for (const { chain } of network.nodes) await chain.intake.submit(encoded, { isLocal: true });
      await network.time.run(500, hasEnded);
    }
    const end = view.blockByNumber(readEpoch(stateOf(first!)).startNumber)!;
    expect(end.header.gasUsed).toBeGreaterThan(0n);
    const late = await network.add(undefined);
    late.isAway = true;
    await importStateFrom(late.chain, first!.chain, end);
    const { certifiedHeight } = readEpoch(stateOf(late));
    expect(certifiedHeight).toBeGreaterThan(3);
    expect(late.chain.view.head()).toMatchObject({ hash: end.hash, gasLimit: end.gasLimit });
    expect(network.finalOf(late)).toMatchObject({ height: certifiedHeight, hash: end.hash });
    late.isAway = false;
    expect(await network.time.run(60_000, () => network.slowest >= 20)).toBe(true);
    expect(late.chain.view.head().hash).toBe(view.head().hash);
    expectAgreement(network, 20);
    expect(late.refusals).not.toContain("VOTE_UNTIMELY: epoch does not match the height");
    expect(verifyStore(late.store).problems).toEqual([]);
  });
});

describe("without two thirds", () => {
  it("blocks continue, the node reports it, and finality recovers", async () => {
    const network = await ValidatorNetwork.open(stakedParameters(), VALIDATORS);
    expect(await network.time.run(60_000, () => network.slowest >= 5)).toBe(true);
    const [first, , ...gone] = network.nodes;
    for (const node of gone) node.isAway = true;
    await network.time.run(6_000);
    const { height } = network.finalOf(first!);
    const { number } = first!.chain.view.head().header;
    expect(first!.chain.finality.status().isFinalizing).toBe(false);
    await network.time.run(30_000);
    expect(network.finalOf(first!).height).toBe(height);
    expect(first!.chain.view.head().header.number).toBeGreaterThan(number + 40);
    expect(first!.chain.finality.status().lagMs).toBeGreaterThan(30_000);
    for (const node of gone) {
      node.isAway = false;
      await network.fetchBlocks(node);
    }
    expect(await network.time.run(60_000, () => network.slowest >= height + 5)).toBe(true);
    expect(first!.chain.finality.status().isFinalizing).toBe(true);
    expectAgreement(network, height + 5);
  });

  it("pruning pauses", async () => {
    const overrides = {
      ghostdagK: 3,
      mergesetMax: 8,
      mergeDepth: 12,
      finalityDepth: 10,
      pruningDepth: 150,
      difficultyWindow: { size: 6, sampleRate: 1, sizeMin: 4 },
      medianTimeWindow: { size: 11, sampleRate: 1 },
    };
    const network = await ValidatorNetwork.open(stakedParameters({ validators: ["alice"], overrides }), [
      "alice",
    ]);
    const [node] = network.nodes;
    const { chain } = node!;
    expect(await network.time.run(300_000, () => chain.view.oldestNumber() > 20)).toBe(true);
    chain.finality.stop();
    await network.time.run(80_000);
    const oldest = chain.view.oldestNumber();
    const { number } = chain.view.head().header;
    await network.time.run(30_000);
    expect(chain.view.head().header.number).toBeGreaterThan(number + 50);
    expect(chain.view.oldestNumber()).toBe(oldest);
    await network.begin(node!);
    expect(await network.time.run(30_000, () => node!.chain.view.oldestNumber() > oldest + 30)).toBe(true);
    expect(node!.errors).toEqual([]);
    expect(verifyStore(node!.store).problems).toEqual([]);
  });
});
