import { isTrellisError } from "@trellis/base";
import { sim } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FinalityProof, LightRules, TrustedFinality, VoterChange } from "./FinalityProof.ts";
import { followFinality, trustPeriodMs, verifyChange, verifyCheckpoint } from "./index.ts";
import { certify, changeOf, EpochChain, type Staker } from "./testing/EpochChain.ts";

const START_MS = sim.genesis.timestampMs;
const rules: LightRules = { trustPeriodMs: 1_000_000, nowMs: START_MS + 1 };
const four: readonly Staker[] = [0, 1, 2, 3].map((key) => ({ key, power: 10n }));
const others: readonly Staker[] = [4, 5, 1].map((key) => ({ key, power: BigInt(key) }));

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return error.code === "LIGHT_PROOF_INVALID" ? `${error.code}: ${error.facts.what}` : error.code;
  }
}

function nodeOf(chain: EpochChain, change: (proof: FinalityProof) => unknown = (proof) => proof) {
  const request = async (_method: string, [epoch]: readonly unknown[]) => {
    const { changes, newest } = chain.proof(Number(epoch));
    const isWhole = changes.length <= 2;
    return change({ changes: changes.slice(0, 2), newest: isWhole ? newest : undefined });
  };
  const asJson = async (method: string, params: readonly unknown[]) => {
    const { newest = null, ...rest } = (await request(method, params)) as FinalityProof;
    return { ...rest, newest };
  };
  return { name: "node", request: asJson };
}

function twoEpochs() {
  const chain = new EpochChain(four);
  chain.grow();
  chain.grow();
  const change = changeOf(chain.grow(others));
  const { header, certificate } = chain.grow();
  return { chain, change, newest: { header, certificate: certificate! }, genesis: chain.trusted };
}

describe("light verification", () => {
  it("follows a node through all changes of the set, from genesis [FINAL-21] [FINAL-24]", async () => {
    const staker = fc.record({ key: fc.nat({ max: 12 }), power: fc.bigInt(1n, 100n) });
    const set = fc.uniqueArray(staker, { minLength: 1, maxLength: 5, selector: ({ key }) => key });
    const epochs = fc.array(fc.record({ next: set, heights: fc.nat({ max: 2 }) }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(set, epochs, async (first, plan) => {
        const chain = new EpochChain(first);
        for (const { next, heights } of plan) {
          for (let count = 0; count < heights; count++) chain.grow();
          chain.grow(next);
        }
        chain.grow();
        const end = await followFinality(nodeOf(chain), chain.trusted, rules);
        const { hash } = chain.checkpoints.at(-1)!;
        expect(end.checkpoint.stateRoot).toMatch(/^0x[0-9a-f]{64}$/);
        expect(end.checkpoint).toMatchObject({ hash, height: chain.checkpoints.length - 1 });
        expect(end.voters.epoch).toBe(plan.length);
        const last = plan.at(-1)?.next ?? first;
        expect(end.voters.members.map(({ power }) => power)).toEqual(last.map(({ power }) => power));
        expect(await followFinality(nodeOf(chain), end, rules)).toEqual(end);
        const { header, certificate } = chain.grow();
        const later = await followFinality(nodeOf(chain), end, rules);
        expect(later).toEqual(verifyCheckpoint(end, { header, certificate: certificate! }, rules));
      }),
      { numRuns: 6 },
    );
  });

  it("LIGHT_EPOCH_SKIPPED: the signing set is unknown here or to the node", async () => {
    const { chain, newest, genesis } = twoEpochs();
    expect(codeOf(() => verifyCheckpoint(genesis, newest, rules))).toBe("LIGHT_EPOCH_SKIPPED");
    const gap = nodeOf(chain, () => ({ changes: [], newest: undefined }));
    await expect(followFinality(gap, genesis, rules)).rejects.toMatchObject({ code: "LIGHT_EPOCH_SKIPPED" });
  });

  it("NODE_UNREACHABLE: malformed proofs", async () => {
    const { chain, genesis } = twoEpochs();
    for (const answer of [
      { changes: 5, newest: null },
      { changes: [{}], newest: null },
      { changes: [], newest: { header: "0x", certificate: null } },
    ]) {
      const node = nodeOf(chain, () => answer);
      await expect(followFinality(node, genesis, rules)).rejects.toMatchObject({
        code: "NODE_UNREACHABLE",
        facts: { reason: "invalid response" },
      });
    }
  });

  it("LIGHT_PROOF_INVALID: a header of another block", () => {
    const { change, newest, genesis } = twoEpochs();
    expect(codeOf(() => verifyChange(genesis, { ...change, header: newest.header }, rules))).toBe(
      "LIGHT_PROOF_INVALID: header",
    );
  });

  it("LIGHT_STALE: any certificate of a known height", () => {
    const { chain, change, genesis } = twoEpochs();
    const trusted = verifyChange(genesis, change, rules);
    for (const { header, certificate } of chain.checkpoints.slice(1, 4)) {
      const known = { header, certificate: certificate! };
      expect(codeOf(() => verifyCheckpoint(trusted, known, rules))).toBe("LIGHT_STALE");
    }
  });

  it("LIGHT_FORKED: two certificates of one height, and a later height on an older block", () => {
    const { chain, change, genesis } = twoEpochs();
    const trusted = verifyChange(genesis, change, rules);
    const { header, hash } = chain.checkpoints[1]!;
    const told = (certificate: VoterChange["certificate"]) => () =>
      verifyCheckpoint(trusted, { header, certificate }, rules);
    expect(codeOf(told(certify(0, 3, hash, four)))).toBe("LIGHT_FORKED");
    expect(codeOf(told(certify(0, 3, hash, four, [0, 1])))).toBe("LIGHT_PROOF_INVALID: certificate");
    expect(codeOf(told(certify(1, 4, hash, others)))).toBe("LIGHT_FORKED");
  });

  it("LIGHT_TRUST_EXPIRED: the trust period ends [FINAL-22]", () => {
    const { change, genesis } = twoEpochs();
    const at = (nowMs: number) => () => verifyChange(genesis, change, { trustPeriodMs: 5_000, nowMs });
    expect(codeOf(at(START_MS + 4_999))).toBeUndefined();
    expect(codeOf(at(START_MS + 5_000))).toBe("LIGHT_TRUST_EXPIRED");
    expect(trustPeriodMs({ unbondingEpochs: 28, epochLengthBlocks: 600 }, 1)).toBe(11_200_000);
  });

  it("LIGHT_PROOF_INVALID: a set of an epoch out of order, or an empty set", () => {
    const skipping = new EpochChain(four);
    skipping.grow(others);
    const { hash, ...far } = skipping.grow(four);
    const certificate = certify(0, 2, hash, four);
    const skipped = { ...changeOf({ ...far, hash }), certificate };
    expect(codeOf(() => verifyChange(skipping.trusted, skipped, rules))).toBe("LIGHT_PROOF_INVALID: set");
    const empty = new EpochChain(four);
    const nobody = changeOf(empty.grow([]));
    expect(codeOf(() => verifyChange(empty.trusted, nobody, rules))).toBe("LIGHT_PROOF_INVALID: set");
  });

  it("LIGHT_PROOF_INVALID: a state proof with any node missing or changed", () => {
    const { change, genesis } = twoEpochs();
    const { nodes } = change;
    const told = (changed: readonly `0x${string}`[]) => () =>
      verifyChange(genesis, { ...change, nodes: changed }, rules);
    expect(codeOf(told([...nodes].reverse()))).toBeUndefined();
    for (const index of nodes.keys()) {
      expect(codeOf(told(nodes.filter((_, at) => at !== index)))).toBe("LIGHT_PROOF_INVALID: state");
      const damaged = nodes.map((node, at): `0x${string}` =>
        at === index ? `${node.slice(0, -2) as `0x${string}`}${node.endsWith("00") ? "01" : "00"}` : node,
      );
      expect(codeOf(told(damaged))).toBe("LIGHT_PROOF_INVALID: state");
    }
  });

  it("LIGHT_PROOF_INVALID: a certificate of prevotes, moved, by strangers, with too few, or of another network", () => {
    const { chain, change, genesis } = twoEpochs();
    const { certificate } = change;
    const told = (fields: Partial<typeof certificate>, from: TrustedFinality = genesis) =>
      codeOf(() => verifyChange(from, { ...change, certificate: { ...certificate, ...fields } }, rules));
    expect(told({})).toBeUndefined();
    expect(told({ step: "prevote" })).toBe("LIGHT_PROOF_INVALID: certificate");
    expect(told({ height: 9 })).toBe("LIGHT_PROOF_INVALID: certificate");
    expect(told({ round: 1 })).toBe("LIGHT_PROOF_INVALID: certificate");
    for (const bitmap of ["0x", "0x00", "0x03", "0x1f", "0x0f00"] as const) {
      expect(told({ bitmap })).toBe("LIGHT_PROOF_INVALID: certificate");
    }
    const { hash } = chain.checkpoints[3]!;
    const { signature } = certify(0, 3, hash, four, [0, 1, 2]);
    expect(told({ signature })).toBe("LIGHT_PROOF_INVALID: certificate");
    expect(told({ bitmap: "0x07", signature })).toBeUndefined();
    expect(told({ signature: `0xc0${"00".repeat(95)}` })).toBe("LIGHT_PROOF_INVALID: certificate");
    expect(told({}, { ...genesis, chainId: 5n })).toBe("LIGHT_PROOF_INVALID: certificate");
  });
});
