import { bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { blsProvePossession, blsPublicKey } from "@trellis/crypto";
import { describe, expect, it } from "vitest";
import {
  endEpochCall,
  issuanceIfEpochEnds,
  readActiveSet,
  readEpoch,
  recordCertificateCall,
  STAKING_ADDRESS,
  SYSTEM_CALL_GAS,
  slashEquivocationCall,
  TREASURY_ADDRESS,
} from "../index.ts";
import {
  account,
  attempt,
  COIN,
  createTestChain,
  EPOCH_LENGTH,
  RICH,
  secretOf,
  type TestChain,
  validatorOf,
} from "../testing/TestChain.ts";

const validators = [1, 2, 3, 4].map((index) => validatorOf(index));
const [V, W] = [account(1), account(2)];
const NEW = validatorOf(9);

function open(genesis: Parameters<typeof createTestChain>[0] = {}): TestChain {
  const chain = createTestChain({ validators, ...genesis });
  for (const { address } of [...validators, NEW]) chain.state.setBalance(address, RICH);
  return chain;
}
const ask = <T>(chain: TestChain, name: string, ...args: unknown[]) =>
  chain.view<T>(STAKING_ADDRESS, name, ...args);
const send = (chain: TestChain, from: typeof V, name: string, args: unknown[] = [], value = 0n) =>
  chain.send(from, STAKING_ADDRESS, name, args, value);

const crowd = Array.from({ length: 256 }, (_, index) => validatorOf(1_000 + index));
const crowdOf = (moreWei: (index: number) => bigint) =>
  crowd.map((each, index) => ({ ...each, stakeWei: 100n * COIN + moreWei(index) }));

interface Registration {
  readonly key?: Uint8Array;
  readonly proof?: Uint8Array;
  readonly commission?: number;
  readonly value?: bigint;
}
function register(chain: TestChain, from: typeof V, fields: Registration = {}) {
  const { key = NEW.key, proof = NEW.proof, commission = 1_000, value = 1_000n * COIN } = fields;
  return send(chain, from, "register", [bytesToHex(key), bytesToHex(proof), commission], value);
}
interface View {
  readonly key: string;
  readonly commission: bigint;
  readonly nextCommission: bigint;
  readonly isCandidate: boolean;
  readonly isJailed: boolean;
  readonly isTombstoned: boolean;
  readonly jailedUntil: bigint;
}
const viewOf = (chain: TestChain, of: typeof V) => ask<View>(chain, "validatorOf", of);
const setOf = (chain: TestChain) => readActiveSet(chain.state).members.map(({ validator }) => validator);

describe("STAKE-3: registration", () => {
  it("makes a candidate with key, commission and own stake", () => {
    const chain = open();
    const { events } = register(chain, NEW.address);
    expect(events.map(({ event }) => event)).toEqual(["ValidatorRegistered", "Staked", "CandidateEntered"]);
    expect(viewOf(chain, NEW.address)).toMatchObject({
      key: bytesToHex(NEW.key),
      commission: 1_000n,
      isCandidate: true,
      isJailed: false,
      isTombstoned: false,
    });
    expect(ask(chain, "candidateList")).toContain(NEW.address);
  });

  it.each<[string, Registration]>([
    ["KeyNotProven", { key: NEW.key.slice(1) }],
    ["KeyNotProven", { key: NEW.key.slice(0, 47), proof: concatBytes(NEW.key.slice(47), NEW.proof) }],
    ["KeyNotProven", { key: Uint8Array.of(0xc0, ...new Uint8Array(47)) }],
    ["KeyNotProven", { key: new Uint8Array(0) }],
    ["KeyNotProven", { proof: NEW.proof.slice(1) }],
    ["KeyNotProven", { proof: new Uint8Array(96) }],
    ["KeyNotProven", { proof: validatorOf(8).proof }],
    ["KeyNotProven", { key: validators[0]!.key, proof: validators[0]!.proof }],
    ["CommissionTooHigh", { commission: 10_001 }],
    ["SelfStakeTooLow", { value: 100n * COIN - 1n }],
    ["NothingStaked", { value: 0n }],
  ])("%s", (error, fields) => {
    expect(attempt(() => register(open(), NEW.address, fields))).toBe(error);
  });

  it("KeyTaken: a key registered before, also by its owner from another account", () => {
    const chain = open();
    const secret = secretOf(1);
    const proof = blsProvePossession(secret, hexToBytes(NEW.address));
    const { key } = validators[0]!;
    expect(attempt(() => register(chain, NEW.address, { key, proof }))).toBe("KeyTaken");
    chain.system(slashEquivocationCall(V, 0));
    expect(attempt(() => register(chain, NEW.address, { key, proof }))).toBe("KeyTaken");
  });

  it("ValidatorRegisteredAlready, ValidatorUnknown", () => {
    const chain = open();
    expect(attempt(() => register(chain, V))).toBe("ValidatorRegisteredAlready");
    for (const [name, args] of [
      ["unjail", []],
      ["stand", []],
      ["setCommission", [1]],
      ["replaceKey", [bytesToHex(NEW.key), bytesToHex(NEW.proof)]],
    ] as const) {
      expect(attempt(() => send(chain, NEW.address, name, [...args]))).toBe("ValidatorUnknown");
    }
    expect(attempt(() => viewOf(chain, NEW.address))).toBe("ValidatorUnknown");
  });

  it("a validator without its own stake is no candidate until it has enough again", () => {
    const chain = open();
    expect(send(chain, V, "unbond", [V, 900n * COIN]).events.map(({ event }) => event)).toEqual(["Unbonded"]);
    const { events } = send(chain, V, "unbond", [V, 1n]);
    expect(events.map(({ event }) => event)).toEqual(["Unbonded", "CandidateLeft"]);
    chain.endEpoch();
    expect(setOf(chain)).not.toContain(V);
    expect(attempt(() => send(chain, V, "stand"))).toBe("SelfStakeTooLow");
    send(chain, V, "stake", [V], 1n);
    send(chain, V, "stand");
    expect(attempt(() => send(chain, V, "stand"))).toBe("AlreadyCandidate");
    chain.endEpoch();
    expect(setOf(chain)).toContain(V);
  });
});

describe("STAKE-2: replacing the key", () => {
  const next = secretOf(77);
  const proofFor = (of: typeof V) => blsProvePossession(next, hexToBytes(of));
  const replace = (chain: TestChain, of: typeof V, proof = proofFor(of)) =>
    send(chain, of, "replaceKey", [bytesToHex(blsPublicKey(next)), bytesToHex(proof)]);
  const keyIn = (chain: TestChain, epoch: number) =>
    readActiveSet(chain.state, epoch).members.find(({ validator }) => validator === V)!.key;

  it("applies to the next set; chosen sets keep the old key, and power and standing stay", () => {
    const chain = open();
    const [old] = validators.map(({ key }) => key);
    const { events } = replace(chain, V);
    expect(events).toMatchObject([{ event: "KeyReplaced", args: { validator: V, effectiveEpoch: 1n } }]);
    expect(viewOf(chain, V)).toMatchObject({ key: bytesToHex(blsPublicKey(next)), isCandidate: true });
    expect(keyIn(chain, 0)).toEqual(old);
    chain.endEpoch();
    chain.endEpoch();
    expect(keyIn(chain, 0)).toEqual(old);
    expect(keyIn(chain, 1)).toEqual(blsPublicKey(next));
    expect(readActiveSet(chain.state, 2)).toMatchObject({ totalPower: 4_000n * COIN });
    expect(keyIn(chain, 2)).toEqual(blsPublicKey(next));
  });

  it("an equivocation of the old key in its epoch is still punished", () => {
    const chain = open();
    replace(chain, V);
    chain.endEpoch();
    chain.system(slashEquivocationCall(V, 0));
    expect(viewOf(chain, V).isTombstoned).toBe(true);
    expect(attempt(() => replace(chain, V))).toBe("ValidatorTombstoned");
  });

  it("KeyNotProven: for another account; KeyTaken: by another validator, or the own old key", () => {
    const chain = open();
    expect(attempt(() => replace(chain, V, proofFor(W)))).toBe("KeyNotProven");
    replace(chain, V);
    expect(attempt(() => replace(chain, W))).toBe("KeyTaken");
    const [{ key, proof }] = validators as [(typeof validators)[number]];
    expect(attempt(() => send(chain, V, "replaceKey", [bytesToHex(key), bytesToHex(proof)]))).toBe(
      "KeyTaken",
    );
  });

  it("without candidates, the last set continues with the new key", () => {
    const chain = open({ validators: validators.slice(0, 1) });
    send(chain, V, "unbond", [V, 1_000n * COIN]);
    replace(chain, V);
    chain.endEpoch();
    expect(keyIn(chain, 1)).toEqual(blsPublicKey(next));
  });
});

describe("STAKE-4: commission", () => {
  it("changes by a step, after a delay", () => {
    const chain = open();
    const { events } = send(chain, V, "setCommission", [1_500]);
    expect(events[0]).toMatchObject({ args: { from: 1_000n, to: 1_500n, effectiveEpoch: 2n } });
    for (const expected of [1_000n, 1_000n, 1_500n]) {
      expect(viewOf(chain, V)).toMatchObject({ commission: expected, nextCommission: 1_500n });
      chain.endEpoch();
    }
    send(chain, V, "setCommission", [1_000]);
    expect(viewOf(chain, V).commission).toBe(1_500n);
  });

  it("CommissionStepTooGreat, CommissionTooHigh", () => {
    const chain = open();
    for (const commission of [499, 1_501]) {
      expect(attempt(() => send(chain, V, "setCommission", [commission]))).toBe("CommissionStepTooGreat");
    }
    expect(attempt(() => send(chain, V, "setCommission", [10_001]))).toBe("CommissionTooHigh");
    send(chain, V, "setCommission", [1_500]);
    expect(attempt(() => send(chain, V, "setCommission", [2_000]))).toBe("CommissionStepTooGreat");
  });
});

describe("STAKE-8: the active set", () => {
  it("has the greatest stakes, the lower address first among equals", () => {
    const chain = open();
    register(chain, NEW.address, { value: 1_000n * COIN });
    send(chain, account(3), "stake", [account(3)], 1n);
    chain.endEpoch();
    expect(setOf(chain)).toEqual([3, 1, 2, 4].map(account));
    expect(ask(chain, "activeSet", 1)).toMatchObject(
      readActiveSet(chain.state).members.map(({ power }) => ({ power })),
    );
    send(chain, NEW.address, "stake", [NEW.address], 1n);
    expect(setOf(chain)).toEqual([3, 1, 2, 4].map(account));
    chain.endEpoch();
    expect(setOf(chain)).toEqual([3, 9, 1, 2].map(account));
  });

  it("stays unchanged without candidates", () => {
    const chain = open();
    for (const { address } of validators) send(chain, address, "unbond", [address, 1_000n * COIN]);
    chain.endEpoch();
    expect(setOf(chain)).toEqual([1, 2, 3, 4].map(account));
    expect(ask(chain, "candidateList")).toEqual([]);
    expect(readActiveSet(chain.state).totalPower).toBe(4_000n * COIN);
  });

  it("is kept while evidence counts, and deleted then", () => {
    const chain = open();
    for (let epoch = 0; epoch < 66; epoch++) chain.endEpoch();
    expect(readActiveSet(chain.state, 0).members).toEqual([]);
    expect(readActiveSet(chain.state, 1).members).toHaveLength(4);
    expect(ask(chain, "participation", 0)).toEqual([0n, []]);
    expect(ask(chain, "participation", 1)).toEqual([1n, [1n, 1n, 1n, 1n]]);
  });

  it("CandidatesFull: among 256 candidates a new one displaces the weakest, which can stand again", () => {
    const candidates = crowdOf((index) => BigInt((index * 7 + 3) % 256));
    const chain = open({ validators: candidates, values: { activeSetSize: 128n } });
    expect(attempt(() => register(chain, NEW.address, { value: 100n * COIN }))).toBe("CandidatesFull");
    const { events, gasUsed } = register(chain, NEW.address, { value: 101n * COIN });
    expect(gasUsed).toBeLessThan(5_000_000n);
    const left = events.find(({ event }) => event === "CandidateLeft")!.args.validator as typeof V;
    expect(ask(chain, "stakeOf", left, left)).toBe(100n * COIN);
    chain.state.setBalance(left, RICH);
    expect(attempt(() => send(chain, left, "stand"))).toBe("CandidatesFull");
    send(chain, left, "stake", [left], COIN);
    send(chain, left, "stand");
    chain.endEpoch([], 8);
    const { gasUsed: endGas } = chain.endEpoch([], 8);
    expect(readActiveSet(chain.state).members).toHaveLength(128);
    expect(endGas).toBeLessThan(SYSTEM_CALL_GAS / 4n);
  });
});

describe("STAKE-10: an epoch's end with 256 candidates", () => {
  it.each([
    ["ascending", (index: number) => index],
    ["descending", (index: number) => 255 - index],
    ["equal", () => 0],
  ])("%s", (_order, more) => {
    const candidates = crowdOf((index) => BigInt(more(index)));
    const chain = open({ validators: candidates, values: { activeSetSize: 128n } });
    const { gasUsed } = chain.endEpoch();
    expect(gasUsed).toBeLessThan(SYSTEM_CALL_GAS / 4n);
  });
});

describe("STAKE-14: certificates", () => {
  const record = (chain: TestChain, epoch: number, height: number, signers: number[]) =>
    chain.system(recordCertificateCall({ epoch, height, signers: Uint8Array.from(signers) }));

  it("count for their signers, of this set or the last", () => {
    const chain = open();
    expect(record(chain, 0, 1, [0b1011]).events).toEqual([
      { event: "CertificateRecorded", args: { setEpoch: 0n, height: 1n, counted: 0b1011n } },
    ]);
    record(chain, 0, 2, [0b0111]);
    chain.endEpoch([0]);
    record(chain, 0, 9, [0b1110]);
    record(chain, 1, 10, [0b0001]);
    expect(ask(chain, "participation", 0)).toEqual([4n, [3n, 3n, 2n, 2n]]);
    expect(ask(chain, "participation", 1)).toEqual([1n, [1n, 0n, 0n, 0n]]);
    expect(ask(chain, "lastCertifiedHeight")).toBe(10n);
    expect(readEpoch(chain.state)).toEqual({
      epoch: 1,
      startNumber: 1 + EPOCH_LENGTH,
      certifiedHeight: 10,
      certifiedSetEpoch: 1,
      certifiedSigners: 1n,
      isHandedOver: true,
    });
  });

  it("one with more signers for the last height adds the new signers", () => {
    const chain = open();
    record(chain, 0, 1, [0b0111]);
    expect(record(chain, 0, 1, [0b1110]).events[0]).toMatchObject({ args: { counted: 0b1000n } });
    expect(attempt(() => record(chain, 0, 1, [0b1111]))).toBe("CertificateNotNew");
    expect(ask(chain, "participation", 0)).toEqual([1n, [1n, 1n, 1n, 1n]]);
    record(chain, 0, 2, [0b0001]);
    expect(attempt(() => record(chain, 0, 1, [0b1111]))).toBe("CertificateNotNew");
    chain.endEpoch([0], 0);
    expect(attempt(() => record(chain, 1, 2, [0b1111]))).toBe("CertificateNotNew");
    record(chain, 0, 2, [0b0011]);
    expect(ask(chain, "participation", 0)).toEqual([2n, [2n, 2n, 1n, 1n]]);
  });

  it("count members past the first word", () => {
    const many = Array.from({ length: 20 }, (_, index) => validatorOf(20 + index));
    const chain = open({ validators: many, values: { activeSetSize: 20n } });
    record(chain, 0, 1, [0xff, 0x01, 0x0a]);
    const [, signed] = ask<[bigint, bigint[]]>(chain, "participation", 0);
    expect(signed.map(Number)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
  });

  it("SetEpochUnknown, CertificateNotNew, BitmapTooLong", () => {
    const chain = open();
    expect(attempt(() => record(chain, 1, 1, [1]))).toBe("SetEpochUnknown");
    expect(attempt(() => record(chain, 0, 0, [1]))).toBe("CertificateNotNew");
    expect(attempt(() => record(chain, 0, 1, [0b10000]))).toBe("BitmapTooLong");
    chain.endEpoch();
    chain.endEpoch();
    expect(attempt(() => record(chain, 0, 3, [1]))).toBe("SetEpochUnknown");
    expect(attempt(() => record(chain, 1, 2, [1]))).toBe("CertificateNotNew");
  });

  it("NotSystem: only the protocol makes system calls", () => {
    const chain = open();
    for (const { to, value, data } of [
      recordCertificateCall({ epoch: 0, height: 1, signers: Uint8Array.of(1) }),
      slashEquivocationCall(V, 0),
      endEpochCall(0n),
    ]) {
      expect(attempt(() => chain.execute({ from: V, to, value, data }))).toBe("NotSystem");
    }
  });
});

describe("STAKE-15: the end of an epoch", () => {
  it("comes when its blocks have passed and its set has certified", () => {
    const chain = open();
    expect(attempt(() => chain.system(endEpochCall(0n)))).toBe("EpochNotOver");
    expect(ask(chain, "epochBounds")).toEqual([0n, BigInt(EPOCH_LENGTH), true]);
    chain.pass(EPOCH_LENGTH);
    expect(issuanceIfEpochEnds(chain.state, chain.number)).toBeUndefined();
    expect(attempt(() => chain.system(endEpochCall(0n)))).toBe("EpochNotCertified");
    chain.certify([0]);
    expect(issuanceIfEpochEnds(chain.state, chain.number)).toBe(0n);
    expect(issuanceIfEpochEnds(chain.state, EPOCH_LENGTH - 1)).toBeUndefined();
    chain.system(endEpochCall(0n));
    expect(ask(chain, "epochBounds")).toEqual([11n, 21n, true]);
  });

  it("comes by blocks alone without a set, so that the first set can be chosen", () => {
    const chain = open({ validators: [] });
    register(chain, NEW.address);
    chain.endEpoch();
    expect(setOf(chain)).toEqual([NEW.address]);
    chain.endEpoch();
    chain.endEpoch();
    expect(chain.balance(STAKING_ADDRESS)).toBe(1_100n * COIN);
  });

  it("IssuanceWrong", () => {
    const chain = open();
    chain.endEpoch();
    chain.pass(EPOCH_LENGTH);
    chain.certify();
    expect(issuanceIfEpochEnds(chain.state, chain.number)).toBe(100n * COIN);
    expect(attempt(() => chain.system(endEpochCall(99n * COIN)))).toBe("IssuanceWrong");
    expect(attempt(() => chain.system(endEpochCall(0n)))).toBe("IssuanceWrong");
    expect(ask(chain, "issuance")).toBe(100n * COIN);
  });

  it("issues by signers, and the unearned rest goes to the treasury", () => {
    const chain = open();
    chain.endEpoch([0, 1], 4);
    const { events } = chain.endEpoch();
    expect(events.filter(({ event }) => event === "RewardPaid").map(({ args }) => args)).toMatchObject([
      { validator: V, amount: 25n * COIN, commission: (25n * COIN) / 10n },
      { validator: W, amount: 25n * COIN },
    ]);
    expect(events.find(({ event }) => event === "EpochEnded")!.args).toEqual({
      epoch: 1n,
      issued: 100n * COIN,
      paid: 50n * COIN,
      slashed: 0n,
    });
    expect(chain.balance(TREASURY_ADDRESS)).toBe(50n * COIN);
  });
});

describe("STAKE-16: downtime", () => {
  it("jails and slashes inactive signers, and releases them after the time", () => {
    const chain = open();
    chain.endEpoch([0, 1, 2], 8);
    const { events } = chain.endEpoch([0, 1, 2], 8);
    expect(events.filter(({ event }) => ["Jailed", "Slashed"].includes(event))).toMatchObject([
      { event: "Jailed", args: { validator: account(4), untilEpoch: 4n, signed: 0n, certificates: 8n } },
      { event: "Slashed", args: { validator: account(4), tokens: 10n * COIN } },
    ]);
    expect(setOf(chain)).toEqual([1, 2, 3].map(account));
    expect(attempt(() => send(chain, account(4), "unjail"))).toBe("ValidatorJailed");
    expect(attempt(() => send(chain, account(4), "stand"))).toBe("ValidatorJailed");
    chain.endEpoch();
    chain.endEpoch();
    expect(ask(chain, "poolOf", account(4))).toEqual([990n * COIN, 1_000n * COIN]);
    send(chain, account(4), "unjail");
    expect(attempt(() => send(chain, account(4), "unjail"))).toBe("NotJailed");
    chain.endEpoch();
    expect(setOf(chain)).toContain(account(4));
  });

  it("half the certificates suffice, and few certificates prove nothing", () => {
    const chain = open();
    for (let count = 0; count < 4; count++) chain.certify([0, 1, 2]);
    for (let count = 0; count < 4; count++) chain.certify();
    chain.endEpoch([0, 1, 2, 3], 0);
    chain.endEpoch([0, 1, 2], 7);
    chain.endEpoch([0, 1, 2], 8);
    expect(viewOf(chain, account(4)).isJailed).toBe(false);
    chain.endEpoch();
    expect(viewOf(chain, account(4)).isJailed).toBe(true);
  });

  it("a validator below its own minimum after the slash must add stake to return", () => {
    const chain = open({ validators: [...validators.slice(1), validatorOf(1, 100n * COIN)] });
    chain.endEpoch([0, 1, 2], 8);
    for (let epoch = 0; epoch < 3; epoch++) chain.endEpoch();
    expect(attempt(() => send(chain, V, "unjail"))).toBe("SelfStakeTooLow");
    send(chain, V, "stake", [V], COIN);
    send(chain, V, "unjail");
    expect(viewOf(chain, V)).toMatchObject({ isJailed: false, isCandidate: true });
  });
});

describe("STAKE-17: equivocation", () => {
  it("slashes permanently, and the treasury receives the stake", () => {
    const chain = open();
    chain.endEpoch();
    const { events } = chain.system(slashEquivocationCall(V, 0));
    expect(events.map(({ event }) => event)).toEqual(["Tombstoned", "CandidateLeft", "Slashed", "Received"]);
    expect(ask(chain, "poolOf", V)).toEqual([950n * COIN, 1_000n * COIN]);
    expect(chain.balance(TREASURY_ADDRESS)).toBe(50n * COIN);
    expect(viewOf(chain, V)).toMatchObject({ isTombstoned: true, isCandidate: false });
    expect(attempt(() => chain.system(slashEquivocationCall(V, 0)))).toBe("ValidatorTombstoned");
    expect(attempt(() => send(chain, V, "stand"))).toBe("ValidatorTombstoned");
    expect(attempt(() => send(chain, V, "unjail"))).toBe("NotJailed");
    chain.endEpoch();
    expect(setOf(chain)).toEqual([2, 3, 4].map(account));
    send(chain, V, "unbond", [V, 1_000n * COIN]);
  });

  it("EvidenceEpochInvalid: in the future or older than the unbonding time", () => {
    const chain = open();
    for (let epoch = 0; epoch < 3; epoch++) chain.endEpoch();
    expect(attempt(() => chain.system(slashEquivocationCall(V, 4)))).toBe("EvidenceEpochInvalid");
    expect(attempt(() => chain.system(slashEquivocationCall(V, 0)))).toBe("EvidenceEpochInvalid");
    expect(attempt(() => chain.system(slashEquivocationCall(NEW.address, 3)))).toBe("ValidatorUnknown");
    expect(attempt(() => chain.system(slashEquivocationCall(V, 1)))).toBe("success");
  });

  it("can take all of the stake and nothing more", () => {
    const chain = open({ values: { equivocationSlashBasisPoints: 10_000n } });
    send(chain, V, "unbond", [V, 400n * COIN]);
    chain.system(slashEquivocationCall(V, 0));
    expect(ask(chain, "poolOf", V)).toEqual([0n, 600n * COIN]);
    expect(ask(chain, "unbondingOf", V, V, 0)).toEqual([0n, 3n]);
    expect(chain.balance(TREASURY_ADDRESS)).toBe(1_000n * COIN);
    expect(attempt(() => send(chain, V, "unbond", [V, 600n * COIN]))).toBe("NothingStaked");
  });

  it("a jailed validator can be slashed", () => {
    const chain = open();
    chain.endEpoch([0, 1, 2], 8);
    chain.endEpoch([0, 1, 2], 8);
    chain.system(slashEquivocationCall(account(4), 1));
    chain.endEpoch();
    chain.endEpoch();
    expect(attempt(() => send(chain, account(4), "unjail"))).toBe("ValidatorTombstoned");
  });
});
