import { isTrellisError } from "@trellis/base";
import type { AccountProof } from "@trellis/protocol";
import { sim } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildUpdates, proveSet } from "./buildUpdates.ts";
import { BLOCK_MS, CHAIN_ID, certify, damaged, EpochChain, type Staker } from "./fixtures/EpochChain.ts";
import type { LightUpdate, TrustedCheckpoint } from "./TrustedCheckpoint.ts";
import { trustPeriodMs } from "./trustPeriod.ts";
import { type LightRules, trustCheckpoint, verifyUpdate } from "./verifyUpdate.ts";

const START_MS = sim.genesis.timestampMs;
const rules: LightRules = { chainId: CHAIN_ID, trustPeriodMs: 1_000_000, nowMs: START_MS + 1 };
const four: readonly Staker[] = [0, 1, 2, 3].map((key) => ({ key, power: 10n }));
const others: readonly Staker[] = [4, 5, 1].map((key) => ({ key, power: BigInt(key) }));

function trustGenesis(chain: EpochChain): TrustedCheckpoint {
  const [genesis] = chain.checkpoints;
  const { hash, header } = genesis!;
  return trustCheckpoint(CHAIN_ID, { hash, height: 0 }, header, proveSet(chain, hash));
}

function follow(from: TrustedCheckpoint, updates: Iterable<LightUpdate>): TrustedCheckpoint {
  let trusted = from;
  for (const update of updates) trusted = verifyUpdate(trusted, update, rules);
  return trusted;
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return error.code;
  }
}

/** Genesis, two checkpoints of its set, one that begins the next epoch, and one of that. */
function twoEpochs() {
  const chain = new EpochChain(four);
  chain.grow();
  chain.grow();
  chain.grow(others);
  chain.grow();
  const updates = [...buildUpdates(chain, chain.certificates)];
  return { chain, updates, genesis: trustGenesis(chain) };
}

describe("light verification", () => {
  it("follows certificates through all changes of the set, by few updates [FINAL-21]", () => {
    const staker = fc.record({ key: fc.nat({ max: 12 }), power: fc.bigInt(1n, 100n) });
    const set = fc.uniqueArray(staker, { minLength: 1, maxLength: 5, selector: ({ key }) => key });
    const epochs = fc.array(fc.record({ next: set, heights: fc.nat({ max: 3 }) }), { maxLength: 5 });
    fc.assert(
      fc.property(set, epochs, fc.nat(), (first, plan, pick) => {
        const chain = new EpochChain(first);
        for (const { next, heights } of plan) {
          for (let count = 0; count < heights; count++) chain.grow();
          chain.grow(next);
        }
        chain.grow();
        const updates = [...buildUpdates(chain, chain.certificates)];
        expect(updates).toHaveLength(plan.length + 1);
        const end = follow(trustGenesis(chain), updates);
        expect(end).toMatchObject({
          hash: chain.checkpoints.at(-1)!.hash,
          height: chain.checkpoints.length - 1,
        });
        expect(end.set.epoch).toBe(plan.length);
        const last = plan.at(-1)?.next ?? first;
        expect(end.set.validators.map(({ power }) => power)).toEqual(last.map(({ power }) => power));
        // From a checkpoint in between it is the same.
        const middle = chain.checkpoints[pick % chain.checkpoints.length]!;
        const height = chain.checkpoints.indexOf(middle);
        const trusted = trustCheckpoint(
          CHAIN_ID,
          { hash: middle.hash, height },
          middle.header,
          proveSet(chain, middle.hash),
        );
        const later = chain.certificates.filter((certificate) => certificate.height > height);
        expect(follow(trusted, buildUpdates(chain, later)).hash).toBe(end.hash);
        // No update can be left out.
        if (updates.length > 1) {
          expect(codeOf(() => follow(trustGenesis(chain), updates.slice(1)))).toBe("LIGHT_EPOCH_SKIPPED");
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it("a member whose possession is not proven has no power in the proven set [STAKE-2]", () => {
    const chain = new EpochChain([...four, { key: 9, power: 1_000n, isRogue: true }]);
    chain.grow();
    const end = follow(trustGenesis(chain), buildUpdates(chain, chain.certificates));
    expect(end.set.power.total).toBe(40n);
  });

  it("LIGHT_HEADER_WRONG", () => {
    const { chain, updates, genesis } = twoEpochs();
    const [first, second] = updates as [LightUpdate, LightUpdate];
    const mixed = { ...first, header: second.header };
    expect(codeOf(() => verifyUpdate(genesis, mixed, rules))).toBe("LIGHT_HEADER_WRONG");
    const { hash } = chain.checkpoints[0]!;
    const begin = () => trustCheckpoint(CHAIN_ID, { hash, height: 0 }, first.header, proveSet(chain, hash));
    expect(codeOf(begin)).toBe("LIGHT_HEADER_WRONG");
  });

  it("LIGHT_EPOCH_SKIPPED: the set that signed is not known, with or without a proof of the next one", () => {
    const { updates, genesis } = twoEpochs();
    const [first, second] = updates as [LightUpdate, LightUpdate];
    expect(codeOf(() => verifyUpdate(genesis, second, rules))).toBe("LIGHT_EPOCH_SKIPPED");
    // Whoever leaves the proof out gets no further than its epoch.
    const { header, certificate } = first;
    const unproven = verifyUpdate(genesis, { header, certificate }, rules);
    expect(codeOf(() => verifyUpdate(unproven, second, rules))).toBe("LIGHT_EPOCH_SKIPPED");
  });

  it("LIGHT_STALE: of a height that is known, whatever it says", () => {
    const { chain, updates, genesis } = twoEpochs();
    const trusted = follow(genesis, updates.slice(0, 1));
    for (const { header, certificate } of chain.checkpoints.slice(1, 4)) {
      expect(codeOf(() => verifyUpdate(trusted, { header, certificate: certificate! }, rules))).toBe(
        "LIGHT_STALE",
      );
    }
  });

  it("LIGHT_FORKED: the same height certified twice, and a later height on an older block", () => {
    const { chain, updates, genesis } = twoEpochs();
    const trusted = follow(genesis, updates.slice(0, 1));
    const { header, hash } = chain.checkpoints[1]!;
    const twice = { header, certificate: certify(0, 3, hash, four) };
    expect(codeOf(() => verifyUpdate(trusted, twice, rules))).toBe("LIGHT_FORKED");
    const few = { header, certificate: certify(0, 3, hash, four, [0, 1]) };
    expect(codeOf(() => verifyUpdate(trusted, few, rules))).toBe("CERTIFICATE_POWER_LOW");
    const back = { header, certificate: certify(1, 4, hash, others) };
    expect(codeOf(() => verifyUpdate(trusted, back, rules))).toBe("LIGHT_FORKED");
  });

  it("LIGHT_TRUST_EXPIRED: the trust period ends [FINAL-22]", () => {
    const { updates, genesis } = twoEpochs();
    const at = (nowMs: number) => () =>
      verifyUpdate(genesis, updates[0]!, { ...rules, trustPeriodMs: 5_000, nowMs });
    expect(codeOf(at(START_MS + 4_999))).toBeUndefined();
    expect(codeOf(at(START_MS + 5_000))).toBe("LIGHT_TRUST_EXPIRED");
    // A newer checkpoint is trusted longer.
    const newer = verifyUpdate(genesis, updates[0]!, rules);
    const later = { ...rules, trustPeriodMs: 5_000, nowMs: START_MS + 3 * BLOCK_MS + 4_999 };
    expect(codeOf(() => verifyUpdate(newer, updates[1]!, later))).toBeUndefined();
    const streams = sim.streams.map((stream) => ({
      ...stream,
      targetIntervalMs: 1_000 * sim.streams.length,
    }));
    expect(trustPeriodMs({ unbondingEpochs: 28n, epochLengthBlocks: 600n }, streams)).toBe(11_200_000);
  });

  it("LIGHT_SET_WRONG: of an epoch that does not follow, or with nobody in it", () => {
    const chain = new EpochChain(four);
    chain.grow(others);
    // Two epochs on, without a vote of the one between.
    const skipping = new EpochChain(four);
    skipping.grow(others);
    const far = skipping.grow(four);
    const update = {
      header: far.header,
      certificate: certify(0, 2, far.hash, four),
      setProof: proveSet(skipping, far.hash),
    };
    expect(codeOf(() => verifyUpdate(trustGenesis(chain), update, rules))).toBe("LIGHT_SET_WRONG");
    expect(codeOf(() => trustGenesis(new EpochChain([])))).toBe("LIGHT_SET_WRONG");
    expect(codeOf(() => trustGenesis(new EpochChain([{ key: 1, power: 5n, isRogue: true }])))).toBe(
      "LIGHT_SET_WRONG",
    );
  });

  it("LIGHT_PROOF_INVALID: damaged, of another block, of fewer slots, or with more nodes", () => {
    const { chain, updates, genesis } = twoEpochs();
    const [first] = updates as [LightUpdate];
    const proof = first.setProof!;
    const withSlots = (change: (slots: AccountProof["storageProofs"]) => AccountProof["storageProofs"]) => ({
      ...proof,
      storageProofs: change(proof.storageProofs),
    });
    const wrong: readonly AccountProof[] = [
      proveSet(chain, chain.checkpoints[1]!.hash),
      { ...proof, accountProof: damaged(proof.accountProof) },
      { ...proof, accountProof: [] },
      withSlots((slots) => slots.slice(1)),
      withSlots(() => []),
      withSlots((slots) => slots.map((slot) => ({ ...slot, proof: damaged(slot.proof) }))),
      withSlots((slots) => slots.map((slot) => ({ ...slot, proof: [...slot.proof, new Uint8Array(32)] }))),
      withSlots((slots) =>
        slots.map((slot, index) => ({ ...slot, proof: slots[(index + 1) % slots.length]!.proof })),
      ),
    ];
    for (const setProof of wrong) {
      expect(codeOf(() => verifyUpdate(genesis, { ...first, setProof }, rules))).toBe("LIGHT_PROOF_INVALID");
    }
    // What the proof says beside its nodes counts for nothing.
    const lying = withSlots((slots) => slots.map((slot) => ({ ...slot, value: 1n })));
    expect(verifyUpdate(genesis, { ...first, setProof: lying }, rules).set.validators).toHaveLength(3);
  });

  it("CERTIFICATE_STEP_WRONG, CERTIFICATE_SIGNATURE_INVALID: a certificate that is none", () => {
    const { updates, genesis } = twoEpochs();
    const [first] = updates as [LightUpdate];
    const prevotes = { ...first, certificate: { ...first.certificate, step: "prevote" as const } };
    expect(codeOf(() => verifyUpdate(genesis, prevotes, rules))).toBe("CERTIFICATE_STEP_WRONG");
    const moved = { ...first, certificate: { ...first.certificate, height: 9 } };
    expect(codeOf(() => verifyUpdate(genesis, moved, rules))).toBe("CERTIFICATE_SIGNATURE_INVALID");
  });
});
