import { bytesToHex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import {
  endEpochCall,
  GOVERNOR_ADDRESS,
  issuanceIfEpochEnds,
  readActiveSet,
  readEpoch,
  recordCertificateCall,
  STAKING_ADDRESS,
  slashEquivocationCall,
  systemCallsOfBlock,
} from "../index.ts";
import {
  account,
  attempt,
  COIN,
  createTestChain,
  EPOCH_LENGTH,
  RICH,
  type TestChain,
  validatorOf,
} from "../testing/TestChain.ts";

const HANDOVER = { membersMin: 3, stakeMinWei: 3_500n * COIN };

function open(genesis: Parameters<typeof createTestChain>[0] = {}): TestChain {
  return createTestChain(genesis, { handover: HANDOVER });
}

function register(chain: TestChain, index: number, value = 1_000n * COIN): void {
  const { address, key, proof } = validatorOf(index);
  chain.state.setBalance(address, RICH);
  chain.send(address, STAKING_ADDRESS, "register", [bytesToHex(key), bytesToHex(proof), 1_000], value);
}

function endEpoch(chain: TestChain): void {
  chain.pass(EPOCH_LENGTH);
  chain.system(endEpochCall(issuanceIfEpochEnds(chain.state, chain.number)!));
}

const setOf = (chain: TestChain) => readActiveSet(chain.state).members.map(({ validator }) => validator);
const certificate = (epoch: number, height: number, signers = 0b111) => ({
  epoch,
  height,
  signers: Uint8Array.of(signers),
});
const isHandedOver = (chain: TestChain) => readEpoch(chain.state).isHandedOver;

function withSet(): TestChain {
  const chain = open();
  register(chain, 1, 1_500n * COIN);
  for (const index of [2, 3]) register(chain, index);
  endEpoch(chain);
  return chain;
}

describe("STAKE-18: handover", () => {
  it("a set with too few members, or too little stake, does not count", () => {
    const chain = open();
    register(chain, 1, 9_000n * COIN);
    register(chain, 2);
    endEpoch(chain);
    expect(setOf(chain)).toEqual([]);
    const poor = open();
    for (const index of [1, 2, 3]) register(poor, index);
    endEpoch(poor);
    expect(setOf(poor)).toEqual([]);
    poor.send(account(1), STAKING_ADDRESS, "stake", [account(1)], 500n * COIN);
    endEpoch(poor);
    expect(setOf(poor)).toEqual([1, 2, 3].map(account));
    expect(isHandedOver(poor)).toBe(false);
  });

  it("the first certificate hands over; until then epochs end by their blocks, and nothing is issued", () => {
    const chain = withSet();
    for (let epoch = 1; epoch <= 3; epoch++) {
      endEpoch(chain);
      expect(setOf(chain)).toEqual([1, 2, 3].map(account));
    }
    expect(chain.view(STAKING_ADDRESS, "totalStake")).toBe(chain.balance(STAKING_ADDRESS));
    const { events } = chain.system(recordCertificateCall(certificate(4, 5)));
    expect(events.map(({ event }) => event)).toEqual(["HandedOver", "CertificateRecorded"]);
    expect(isHandedOver(chain)).toBe(true);
    endEpoch(chain);
    chain.pass(EPOCH_LENGTH);
    expect(issuanceIfEpochEnds(chain.state, chain.number)).toBeUndefined();
    expect(attempt(() => chain.system(endEpochCall(0n)))).toBe("EpochNotCertified");
  });

  it("a set that never certifies is followed by another", () => {
    const chain = withSet();
    for (const index of [4, 5, 6, 7]) register(chain, index, 2_000n * COIN);
    endEpoch(chain);
    expect(setOf(chain)).toEqual([4, 5, 6, 7].map(account));
  });

  it("a member of a set that never certified was not absent, and can leave", () => {
    const chain = withSet();
    for (let epoch = 0; epoch < 3; epoch++) endEpoch(chain);
    expect(chain.view(STAKING_ADDRESS, "validatorOf", account(2))).toMatchObject({ isJailed: false });
    chain.send(account(2), STAKING_ADDRESS, "unbond", [account(2), 1_000n * COIN]);
    for (let epoch = 0; epoch < 3; epoch++) endEpoch(chain);
    chain.send(account(2), STAKING_ADDRESS, "withdraw", [account(2), 4]);
  });

  it("NobodyToHandOverTo: while the epoch has no set, a certificate of the last one does not count", () => {
    const chain = withSet();
    chain.send(account(1), STAKING_ADDRESS, "unbond", [account(1), 1_500n * COIN]);
    endEpoch(chain);
    expect(setOf(chain)).toEqual([]);
    expect(attempt(() => chain.system(recordCertificateCall(certificate(1, 2))))).toBe("NobodyToHandOverTo");
    const calls = systemCallsOfBlock(chain.state, {
      number: chain.number,
      certificates: [certificate(1, 2)],
      equivocations: [],
    });
    expect(calls).toEqual([]);
    chain.send(account(1), STAKING_ADDRESS, "stake", [account(1)], 1_500n * COIN);
    chain.send(account(1), STAKING_ADDRESS, "stand");
    endEpoch(chain);
    chain.system(recordCertificateCall(certificate(3, 4)));
    expect(isHandedOver(chain)).toBe(true);
  });

  it("is permanent: a set may shrink below the minimum, and the last member stays", () => {
    const chain = withSet();
    chain.system(recordCertificateCall(certificate(1, 2)));
    chain.system(slashEquivocationCall(account(1), 1));
    chain.system(slashEquivocationCall(account(2), 1));
    chain.endEpoch();
    expect(setOf(chain)).toEqual([account(3)]);
    chain.send(account(3), STAKING_ADDRESS, "unbond", [account(3), 1_000n * COIN]);
    chain.endEpoch();
    expect(setOf(chain)).toEqual([account(3)]);
    expect(isHandedOver(chain)).toBe(true);
  });

  it("a block that records the first certificate of the last epoch's set ends no epoch", () => {
    const chain = withSet();
    endEpoch(chain);
    chain.pass(EPOCH_LENGTH);
    const findings = { number: chain.number, equivocations: [] };
    const first = certificate(1, 2);
    expect(systemCallsOfBlock(chain.state, { ...findings, certificates: [] })).toEqual([endEpochCall(0n)]);
    expect(systemCallsOfBlock(chain.state, { ...findings, certificates: [first] })).toEqual([
      recordCertificateCall(first),
    ]);
    const calls = systemCallsOfBlock(chain.state, {
      ...findings,
      certificates: [first, certificate(2, 3)],
    });
    expect(calls.at(-1)).toEqual(endEpochCall(100n * COIN));
    for (const call of calls) chain.system(call);
    expect(readEpoch(chain.state).epoch).toBe(3);
  });

  it("a genesis with a set has handed over", () => {
    const validators = [1, 2, 3, 4].map((index) => validatorOf(index));
    expect(isHandedOver(open({ validators }))).toBe(true);
    expect(isHandedOver(open({ validators: validators.slice(1) }))).toBe(false);
    const few = open({ validators: validators.slice(1) });
    expect(setOf(few)).toEqual([]);
    register(few, 1);
    endEpoch(few);
    expect(setOf(few)).toHaveLength(4);
  });

  it("FinalityNotHandedOver: before the handover the only staker decides nothing", () => {
    const chain = withSet();
    const propose = () =>
      chain.send(account(1), GOVERNOR_ADDRESS, "propose", [[GOVERNOR_ADDRESS], [0n], ["0x"], "mine"]);
    chain.pass(1);
    expect(attempt(propose)).toBe("FinalityNotHandedOver");
    chain.system(recordCertificateCall(certificate(1, 2)));
    expect(attempt(propose)).toBe("success");
  });
});
