import { isTrellisError } from "@trellis/base";
import { readEpoch } from "@trellis/contracts";
import {
  type Block,
  type Certificate,
  type Evidence,
  type Evm,
  type Hash,
  type VoteDomain,
  voteDomainOf,
  ZERO_HASH,
} from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createFaultyStore, FAULTS } from "../chain/testing/faultyStore.ts";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { contentOf, createTestChain, dumpChain, type TestChain } from "../chain/testing/testChain.ts";
import { minerAddress } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import {
  certificateBy,
  createRealEvm,
  signedVote,
  stakedParameters,
  VALIDATORS,
} from "./testing/stakedNetwork.ts";
import { ValidatorSet } from "./validatorSets/ValidatorSet.ts";

const parameters = stakedParameters({ values: { epochLengthBlocks: 1_000n } });
const MUTE = {
  proposal() {},
  vote() {},
  certificate() {},
  evidence() {},
  heartbeat() {},
  requestCertificates() {},
};
const NEVER = { after: () => ({ cancel() {} }) };

let builder: TestBlockBuilder;
let chain: TestChain;
let domain: VoteDomain;

async function openChain(store?: TestChain["store"], changesPerMove?: number): Promise<TestChain> {
  const opened = await createTestChain({
    parameters,
    ports: { evm: createRealEvm() },
    ...(store === undefined ? {} : { store }),
    ...(changesPerMove === undefined ? {} : { changesPerMove }),
  });
  opened.finality.start({ outbox: MUTE, scheduler: NEVER });
  return opened;
}

function certify(height: number, { hash }: { readonly hash: Hash }): Certificate {
  return certificateBy(domain, ["alice", "bob", "carol"], { height }, hash);
}

async function tell(target: TestChain, certificate: Certificate): Promise<void> {
  try {
    target.finality.receiveCertificate(certificate);
  } catch (error) {
    if (!isTrellisError(error, "VOTE_UNTIMELY")) throw error;
    expect(error.facts.reason).toBe("height is already final");
  }
  await target.idle();
}

const finalOf = (target: TestChain): Hash => target.view.finalized().hash;

beforeEach(async () => {
  builder = await TestBlockBuilder.open(parameters, createRealEvm());
  chain = await openChain();
  domain = voteDomainOf(chain.view);
});

describe("a certificate", () => {
  it("FINAL-15: finalizes its block, and the heights before it", async () => {
    const blocks = await builder.mineChain(8);
    await chain.take(...blocks);
    expect(finalOf(chain)).toBe(builder.genesis.hash);
    await tell(chain, certify(3, blocks[4]!));
    expect(finalOf(chain)).toBe(blocks[4]!.hash);
    expect(chain.finality.status().finalized).toEqual({ height: 3, hash: blocks[4]!.hash, number: 5 });
    expect(chain.finality.certificatesFrom(1, 10)).toEqual([certify(3, blocks[4]!)]);
    expect(chain.view.head().hash).toBe(blocks[7]!.hash);
    expect((await chain.reopen()).finality.status().finalized.height).toBe(3);
  });

  it("FINAL-15: fork choice never leaves it, at any weight of another branch", async () => {
    const [trunk] = await builder.mineChain(1);
    const light = await builder.mineChain(3, { parents: [trunk!] });
    await chain.take(trunk!, ...light);
    await tell(chain, certify(1, light[0]!));
    const heavy = await builder.mineChain(9, { parents: [trunk!], miner: minerAddress(1) });
    await chain.take(...heavy);
    expect(chain.view.head().hash).toBe(light[2]!.hash);
    const merging = await builder.mine({ parents: [light[2]!] });
    await chain.take(merging);
    expect(chain.view.head().hash).toBe(merging.hash);
  });

  it("FINAL-15: fork choice does not leave it while the base state moves up to its block in parts [EXEC-16]", async () => {
    chain = await openChain(undefined, 1);
    const [trunk] = await builder.mineChain(1);
    const light = await builder.mineChain(6, { parents: [trunk!] });
    const heavy = await builder.mineChain(9, { parents: [trunk!], miner: minerAddress(1) });
    await chain.take(trunk!, ...light);
    chain.finality.receiveCertificate(certify(1, light[4]!));
    const seen = await Promise.all(
      heavy.map(async (block) => {
        await chain.importBlock(block);
        return { head: chain.view.head().hash, final: finalOf(chain), ...chain.finality.status().finalized };
      }),
    );
    expect(new Set(seen.map(({ head }) => head))).toEqual(new Set([light[5]!.hash]));
    expect(seen[0]!.final).not.toBe(light[4]!.hash);
    expect(seen[0]!.height).toBe(0);
    await chain.idle();
    expect(finalOf(chain)).toBe(light[4]!.hash);
    expect(chain.finality.status().finalized.height).toBe(1);
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("FINAL-15: moves the selected chain to its block", async () => {
    const [trunk] = await builder.mineChain(1);
    const heavy = await builder.mineChain(6, { parents: [trunk!] });
    const light = await builder.mineChain(3, { parents: [trunk!], miner: minerAddress(1) });
    await chain.take(trunk!, ...heavy, ...light);
    expect(chain.view.head().hash).toBe(heavy[5]!.hash);
    const events: string[] = [];
    chain.view.subscribe((event) => {
      if (event.kind === "removed" || event.kind === "added") {
        events.push(`${event.kind} ${event.block.header.number}`);
      } else events.push(event.kind);
    });
    await tell(chain, certify(1, light[1]!));
    expect(chain.view.head().hash).toBe(light[2]!.hash);
    expect(finalOf(chain)).toBe(light[1]!.hash);
    expect(events).toEqual([
      ...[7, 6, 5, 4, 3, 2].map((number) => `removed ${number}`),
      ...[2, 3, 4].map((number) => `added ${number}`),
      "finalized",
    ]);
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("waits for its block, also after a restart", async () => {
    const blocks = await builder.mineChain(5);
    await tell(chain, certify(1, blocks[2]!));
    expect(chain.finality.certificate(1)).toBeUndefined();
    expect(chain.finality.certificatesFrom(1, 10)).toEqual([]);
    const reopened = await openChain(chain.store);
    await reopened.take(...blocks.slice(0, 2));
    expect(finalOf(reopened)).toBe(builder.genesis.hash);
    await reopened.take(...blocks.slice(2));
    await reopened.idle();
    expect(finalOf(reopened)).toBe(blocks[2]!.hash);
    expect(reopened.finality.certificate(1)?.value).toBe(blocks[2]!.hash);
  });

  it("EXEC-22: waits if this node fails to execute its block, and is final with a later one, or after a restart", async () => {
    let runsLeft = Number.POSITIVE_INFINITY;
    const real = createRealEvm();
    const evm: Evm = {
      ...real,
      runBlock(input) {
        if (runsLeft === 0) throw new Error("the engine failed");
        runsLeft -= 1;
        return real.runBlock(input);
      },
    };
    const [trunk] = await builder.mineChain(1);
    const heavy = await builder.mineChain(6, { parents: [trunk!] });
    const light = await builder.mineChain(3, { parents: [trunk!], miner: minerAddress(1) });
    const failing = await createTestChain({ parameters, ports: { evm } });
    failing.finality.start({ outbox: MUTE, scheduler: NEVER });
    await failing.take(trunk!, ...heavy.slice(0, 5), ...light);
    runsLeft = 1;
    await tell(failing, certify(1, light[1]!));
    expect(runsLeft).toBe(0);
    expect(() => failing.view.stateAt(light[0]!.hash)).toThrow(
      expect.objectContaining({ code: "STATE_UNAVAILABLE" }),
    );
    expect(failing.failure()).toBeUndefined();
    expect(failing.finality.status().finalized.height).toBe(0);
    expect(failing.view.head().hash).toBe(heavy[4]!.hash);
    const copy = createMemoryStore();
    await copy.write([...failing.store.range({})].map(([key, value]) => ({ kind: "put", key, value })));
    const restarted = await openChain(copy);
    await restarted.idle();
    runsLeft = Number.POSITIVE_INFINITY;
    await failing.take(heavy[5]!);
    await failing.idle();
    for (const each of [failing, restarted]) {
      expect(each.finality.status().finalized).toMatchObject({ height: 1, hash: light[1]!.hash });
      expect(each.view.head().hash).toBe(light[2]!.hash);
      expect(verifyStore(each.store).problems).toEqual([]);
    }
  });

  it("of an invalid block, or against the final block, changes nothing", async () => {
    const blocks = await builder.mineChain(4);
    const beside = await builder.mine({ parents: [blocks[0]!], miner: minerAddress(1) });
    const bad = await builder.mine({ tamper: ({ parents }) => ({ stateRoot: parents[0]! }) });
    await chain.take(...blocks, beside, bad);
    await tell(chain, certify(1, blocks[1]!));
    const before = dumpChain(chain);
    await tell(chain, certify(2, beside));
    await tell(chain, certify(3, bad));
    expect(dumpChain(chain)).toEqual(before);
    expect(chain.failure()).toBeUndefined();
    await chain.take(await builder.mine({ parents: [blocks[3]!] }));
    expect(chain.view.head().header.number).toBe(5);
  });

  it("with more signatures replaces the first, and no other does", async () => {
    const blocks = await builder.mineChain(3);
    await chain.take(...blocks);
    const [first, fuller] = [VALIDATORS.slice(0, 3), VALIDATORS].map((names) =>
      certificateBy(domain, names, { height: 1 }, blocks[0]!.hash),
    );
    await tell(chain, first!);
    const next = await builder.mine({ certificates: [fuller!] });
    await chain.take(next);
    expect(chain.finality.certificate(1)).toEqual(fuller);
    await chain.take(await builder.mine({ certificates: [first!] }));
    expect(chain.finality.certificate(1)).toEqual(fuller);
    expect(readEpoch(chain.view.stateAt(chain.view.head().hash)).certifiedSigners).toBe(0b1111n);
  });
});

describe("bodies", () => {
  it("STAKE-14: certificates in bodies are recorded, named and final", async () => {
    const blocks = await builder.mineChain(4);
    const [one, two] = [certify(1, blocks[0]!), certify(2, blocks[2]!)];
    const carrier = await builder.mine({ certificates: [two, one] });
    expect(carrier.header.finalized).toBe(blocks[2]!.hash);
    await chain.take(...blocks, carrier);
    expect(finalOf(chain)).toBe(blocks[2]!.hash);
    expect(chain.finality.certificatesFrom(1, 10)).toEqual([one, two]);
    expect(readEpoch(chain.view.stateAt(carrier.hash))).toMatchObject({ certifiedHeight: 2 });
    const beside = await builder.mine({
      parents: [blocks[3]!],
      miner: minerAddress(1),
      certificates: [certify(3, blocks[3]!)],
    });
    const merging = await builder.mine({ parents: [carrier, beside] });
    await chain.take(beside, merging);
    expect(finalOf(chain)).toBe(blocks[3]!.hash);
  });

  it("EXEC-20: a block that does not name the recorded certificate is not on the selected chain", async () => {
    const blocks = await builder.mineChain(4);
    const { finalized } = blocks[3]!.header;
    const silent = await builder.mine({
      certificates: [certify(1, blocks[1]!)],
      tamper: () => ({ finalized }),
    });
    const boastful = await builder.mine({ tamper: () => ({ finalized: blocks[1]!.hash }) });
    await chain.take(...blocks, silent, boastful);
    for (const { hash } of [silent, boastful]) {
      expect(chain.view.dagBlock(hash)).toMatchObject({ isDisqualified: true });
    }
    expect(chain.view.head().hash).toBe(blocks[3]!.hash);
  });

  it("any other content changes nothing", async () => {
    chain = await createTestChain({ parameters, ports: { evm: createRealEvm() } });
    const [trunk] = await builder.mineChain(1);
    const beside = await builder.mine({ parents: [trunk!], miner: minerAddress(1) });
    const blocks = [trunk!, ...(await builder.mineChain(5, { parents: [trunk!] }))];
    const good = certify(4, blocks[3]!);
    const outsiders: Certificate = { ...good, signers: Uint8Array.of(0b11110000) };
    const wrong: Record<string, Certificate> = {
      "too little power": certificateBy(domain, ["alice", "bob"], { height: 4 }, blocks[3]!.hash),
      "another epoch": certificateBy(domain, VALIDATORS, { epoch: 1, height: 4 }, blocks[3]!.hash),
      "another chain": certificateBy(
        { ...domain, chainId: domain.chainId + 1n },
        VALIDATORS,
        { height: 4 },
        blocks[3]!.hash,
      ),
      "another genesis": certificateBy(
        { ...domain, genesisHash: ZERO_HASH },
        VALIDATORS,
        { height: 4 },
        blocks[3]!.hash,
      ),
      "another block": { ...good, value: blocks[4]!.hash },
      "another height": { ...good, height: 5 },
      "another round": { ...good, round: 1 },
      "height zero": certify(0, blocks[3]!),
      "of prevotes": { ...good, step: "prevote" },
      outsiders,
      "a bitmap that is too long": { ...good, signers: Uint8Array.of(0b111, 0) },
      "no signers": { ...good, signers: Uint8Array.of(0) },
      "no signature": { ...good, signature: new Uint8Array(96) },
      "not on the chain": certify(4, beside),
      "an unknown block": certify(4, { hash: ZERO_HASH }),
    };
    await chain.take(...blocks, beside);
    for (const [what, certificate] of Object.entries(wrong)) {
      const block = await builder.mine({ certificates: [certificate] });
      await chain.take(block);
      expect([what, chain.view.head().hash]).toEqual([what, block.hash]);
      expect([what, finalOf(chain)]).toEqual([what, builder.genesis.hash]);
      const { certifiedHeight } = readEpoch(chain.view.stateAt(block.hash));
      expect([what, certifiedHeight]).toEqual([what, 0]);
    }
    // After a wrong certificate, the valid one in the same body is ignored.
    await chain.take(await builder.mine({ certificates: [wrong["another round"]!, certify(5, blocks[3]!)] }));
    expect(finalOf(chain)).toBe(builder.genesis.hash);
    await chain.take(await builder.mine({ certificates: [good, good] }));
    expect(finalOf(chain)).toBe(blocks[3]!.hash);
    expect(verifyStore(chain.store).problems).toEqual([]);
  });

  it("with one wrong signature are abandoned, and nothing is verified twice", async () => {
    chain = await createTestChain({ parameters, ports: { evm: createRealEvm() } });
    const [trunk, top] = await builder.mineChain(2);
    const forgeries = (from: number): Certificate[] =>
      [0, 1, 2, 3].map((round) => ({ ...certify(1, trunk!), round: from + round + 1 }));
    const carriers: Block[] = [];
    for (let index = 0; index < 5; index++) {
      const certificates = forgeries(10 * index);
      carriers.push(await builder.mine({ parents: [top!], miner: minerAddress(index), certificates }));
    }
    const good = certify(1, trunk!);
    const twice = await builder.mine({ parents: [top!], certificates: [good, good], timestampMs: 0 });
    await chain.take(trunk!, top!);
    const parents = builder.dag.virtualParents(builder.dag.tips()[0]!);
    const merging = await builder.mine({ parents, certificates: [good] });
    const verify = vi.spyOn(ValidatorSet.prototype, "verifyCertificate");
    await chain.exchange.importBlocks([...carriers, twice, merging]);
    const rounds = verify.mock.calls.map(([{ round }]) => round);
    const wrong = rounds.filter((round) => round > 0).map((round) => Math.floor(round / 10));
    expect(rounds.filter((round) => round === 0)).toEqual([0]);
    expect([...new Set(wrong)]).toEqual(wrong);
    expect(wrong.length).toBeGreaterThan(0);
    verify.mockRestore();
    expect(chain.view.head().hash).toBe(merging.hash);
    expect(finalOf(chain)).toBe(trunk!.hash);
  });

  it("STAKE-17: evidence slashes once, and false evidence never", async () => {
    const blocks = await builder.mineChain(3);
    const ballot = { epoch: 0, height: 1, round: 0, step: "prevote" } as const;
    const vote = (name: (typeof VALIDATORS)[number], value: Hash | undefined) =>
      signedVote(domain, name, ballot, value);
    const proof: Evidence = { first: vote("dave", blocks[0]!.hash), second: vote("dave", undefined) };
    const forged: Evidence = {
      first: vote("bob", blocks[0]!.hash),
      second: { ...vote("bob", undefined), signature: vote("dave", undefined).signature },
    };
    const wrong: Record<string, Evidence> = {
      forged,
      "one vote twice": { first: vote("bob", blocks[0]!.hash), second: vote("bob", blocks[0]!.hash) },
      "two voters": { first: vote("bob", blocks[0]!.hash), second: vote("alice", undefined) },
      "an epoch to come": {
        first: signedVote(domain, "bob", { ...ballot, epoch: 9 }, blocks[0]!.hash),
        second: signedVote(domain, "bob", { ...ballot, epoch: 9 }, undefined),
      },
    };
    await chain.take(...blocks);
    const slashed = async (evidence: readonly Evidence[]) => {
      const block = await builder.mine({ evidence });
      await chain.take(block);
      expect(chain.view.head().hash).toBe(block.hash);
      return treasuryOf(chain);
    };
    const before = treasuryOf(chain);
    for (const [what, evidence] of Object.entries(wrong)) {
      expect([what, await slashed([evidence])]).toEqual([what, before]);
    }
    const after = await slashed([proof, proof]);
    expect(after).toBeGreaterThan(before);
    expect(await slashed([{ first: proof.second, second: proof.first }])).toBe(after);
  });
});

function treasuryOf({ view }: TestChain): bigint {
  return view.stateAt(view.head().hash).account(parameters.treasury)?.balance ?? 0n;
}

describe("failure at any write", () => {
  async function play(target: TestChain): Promise<void> {
    const [trunk] = await builder.mineChain(1);
    const heavy = await builder.mineChain(4, { parents: [trunk!] });
    const light = await builder.mineChain(3, { parents: [trunk!], miner: minerAddress(1) });
    const later = await builder.mine({ parents: [light[2]!] });
    const last = await builder.mine({ parents: [later] });
    const carrier = await builder.mine({ parents: [last], certificates: [certify(3, last)] });
    await target.take(trunk!, ...heavy, ...light);
    await tell(target, certify(1, light[1]!));
    await tell(target, certify(2, later));
    await target.take(later);
    await target.idle();
    await target.take(last, carrier);
    await target.idle();
  }

  it.each(FAULTS)("a certificate %s is stored with all its consequences, or not at all", async (fault) => {
    await play(chain);
    const whole = contentOf(chain.store);
    const finals = new Set<number>();
    for (let at = 1; ; at++) {
      builder = await TestBlockBuilder.open(parameters, createRealEvm());
      const store = createFaultyStore(at, fault);
      const ended = await Promise.race([
        (async () => {
          const broken = await openChain(store);
          await play(broken);
          return broken.failure() === undefined;
        })().catch(() => false),
        store.died.then(() => false),
      ]);
      if (ended) break;
      const reopened = await openChain(store.under);
      expect([at, verifyStore(store.under).problems]).toEqual([at, []]);
      finals.add(reopened.finality.status().finalized.height);
      builder = await TestBlockBuilder.open(parameters, createRealEvm());
      const known = {
        ...reopened,
        take: (...blocks: Parameters<TestChain["take"]>) => takeNew(reopened, blocks),
      };
      await play(known);
      expect([at, contentOf(store.under)]).toEqual([at, whole]);
    }
    expect([...finals].sort()).toEqual(
      [0, 1, 2, 3].slice(0, fault === "died before" || fault === "refused" ? 3 : 4),
    );
  });
});

async function takeNew(target: TestChain, blocks: Parameters<TestChain["take"]>): Promise<void> {
  await target.exchange.importBlocks(blocks);
}
