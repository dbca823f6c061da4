import { bitsToSigners, type Certificate, type Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import type { OwnRecord, SigningWatermark, Step } from "./slashingProtection/SigningWatermark.ts";
import { blockOf, carryToAll, GadgetNetwork, type Member, type Sent } from "./testing/GadgetNetwork.ts";
import {
  certified,
  heartbeatOf,
  LISTEN_MS,
  LoneGadget,
  proposalOf,
  TIMES,
  voteOf,
} from "./testing/LoneGadget.ts";

const OTHER: Hash = `0x${"0b".repeat(32)}`;
const signersOf = ({ signers }: Certificate): number[] => bitsToSigners(signers);

const storedOwn = (step: Step): OwnRecord => ({
  signature: voteOf(0, { step: step === "propose" ? "prevote" : step }).signature,
  memory: {
    round: 0,
    step,
    lockedRound: -1,
    lockedValue: undefined,
    validRound: -1,
    validValue: undefined,
    hasProposed: step === "propose",
  },
  proof: undefined,
});
const record = (change: Partial<SigningWatermark> = {}): SigningWatermark => ({
  height: 1,
  round: 0,
  step: "prevote",
  value: blockOf(1),
  own: storedOwn("prevote"),
  ...change,
});

describe("a validator's key [FINAL-12]", () => {
  it("observes before it signs, and then signs only due votes", async () => {
    const node = new LoneGadget(0);
    node.gadget.receiveProposal(proposalOf(node.sets[0]!, 1));
    await node.pass(LISTEN_MS - 1);
    expect(node.gadget.signing).toBe("listening");
    expect(node.said).toEqual([]);
    await node.pass(20);
    expect(node.gadget.signing).toBe("signing");
    expect(node.votes.map(({ message }) => message.step)).toEqual(["prevote"]);
  });

  it("does not publish an unstored vote, and retries [FINAL-6]", async () => {
    const node = new LoneGadget(0);
    node.isDiskFull = true;
    await node.pass(LISTEN_MS + 20);
    node.gadget.receiveProposal(proposalOf(node.sets[0]!, 1));
    await node.pass(TIMES.repeatMs);
    expect(node.said).toEqual([]);
    node.isDiskFull = false;
    await node.pass(TIMES.repeatMs);
    expect(node.votes.map(({ message }) => message.step)).toContain("prevote");
  });

  it("signs nothing at a height before the finality below survives a power loss [FINAL-8]", async () => {
    const node = new LoneGadget(3);
    await node.pass(LISTEN_MS + 20);
    node.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    const signedAt = (): (number | undefined)[] => [
      ...node.votes.map(({ message }) => message.height),
      node.record?.height,
    ];
    node.isFlushed = false;
    node.gadget.receiveProposal(proposalOf(node.sets[0]!, 2));
    await node.pass(TIMES.repeatMs);
    expect(signedAt()).not.toContain(2);
    node.isFlushed = "failing";
    await node.pass(TIMES.repeatMs);
    expect(signedAt()).not.toContain(2);
    node.isFlushed = true;
    await node.pass(2 * TIMES.repeatMs);
    expect(node.record?.height).toBe(2);
    expect(signedAt()).toContain(2);
  });

  it("signs nothing after its end: a reset forgets what the key has signed [DEV-6]", async () => {
    const node = new LoneGadget(3);
    await node.pass(LISTEN_MS + 20);
    node.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    node.isFlushed = false;
    node.gadget.receiveProposal(proposalOf(node.sets[0]!, 2));
    await node.pass(TIMES.repeatMs);
    node.gadget.stop();
    node.record = undefined;
    node.isFlushed = true;
    await node.pass(2 * TIMES.repeatMs);
    expect(node.record).toBeUndefined();
  });

  it("observes again when certificates advance it, and while a block is missing", async () => {
    const node = new LoneGadget(0);
    await node.pass(LISTEN_MS - 1);
    node.gadget.receiveCertificate(certified(1, [1, 2, 3]));
    await node.pass(LISTEN_MS - 1);
    node.hasBlocks = false;
    node.gadget.receiveCertificate(certified(2, [1, 2, 3]));
    await node.pass(10 * LISTEN_MS);
    expect(node.gadget.signing).toBe("listening");
    expect(node.gadget.listeningFor).toBe("block");
    node.blocksCame();
    await node.pass(TIMES.repeatMs + LISTEN_MS);
    expect(node.gadget.signing).toBe("signing");
  });

  it("signs nothing while too few other validators are online, and reports why", async () => {
    const node = new LoneGadget(0);
    node.areOthersThere = false;
    await node.pass(LISTEN_MS + 10_000);
    const speak = (validator: number) =>
      node.gadget.receiveHeartbeat(heartbeatOf(validator, node.time.nowMs()));
    for (let times = 0; times < 10; times++) {
      speak(1);
      await node.pass(LISTEN_MS);
    }
    expect([node.gadget.signing, node.gadget.listeningFor]).toEqual(["listening", "others"]);
    expect(node.said).toEqual([]);
    speak(2);
    expect(node.gadget.listeningFor).toBe("time");
    await node.pass(10 * LISTEN_MS);
    expect(node.gadget.listeningFor).toBe("others");
    node.areOthersThere = true;
    await node.pass(TIMES.repeatMs + LISTEN_MS + 20);
    expect(node.gadget.signing).toBe("signing");
    expect(node.gadget.listeningFor).toBeUndefined();
  });

  it("a validator that repeats known votes counts as online", async () => {
    const node = new LoneGadget(0);
    node.areOthersThere = false;
    await node.pass(LISTEN_MS + 10);
    for (let times = 0; times < 10; times++) {
      for (const validator of [1, 2]) {
        node.refusal((gadget) => gadget.receiveVote(voteOf(validator, { step: "prevote" })));
        const forged = { ...voteOf(3, { step: "prevote" }), signature: voteOf(3).signature };
        node.refusal((gadget) => gadget.receiveVote(forged));
      }
      await node.pass(TIMES.repeatMs);
    }
    expect(node.gadget.signing).toBe("signing");
  });

  it("a validator stopped while waiting for others does not start when they come", async () => {
    const node = new LoneGadget(0);
    node.areOthersThere = false;
    await node.pass(LISTEN_MS);
    node.gadget.stop();
    node.areOthersThere = true;
    await node.pass(10 * LISTEN_MS);
    expect(node.gadget.signing).toBe("listening");
    expect(node.record).toBeUndefined();
  });

  it("a stopped validator stores no vote", async () => {
    const node = new LoneGadget(0);
    await node.pass(LISTEN_MS + 20);
    const { record: last } = node;
    node.gadget.stop();
    node.gadget.receiveProposal(proposalOf(node.sets[0]!, 1));
    node.hears(...[1, 2, 3].map((validator) => voteOf(validator, { step: "prevote" })));
    await node.pass(LISTEN_MS);
    expect(node.record).toBe(last);
  });

  it("the only validator of the set waits for no other", async () => {
    const node = new LoneGadget(0, [1n]);
    node.areOthersThere = false;
    node.wasMember = true;
    await node.pass(LISTEN_MS + 10);
    expect(node.gadget.signing).toBe("signing");
  });

  it("stops waiting once it has two thirds with the validators online", async () => {
    const signing = async (powers: readonly bigint[], heard: readonly number[]) => {
      const node = new LoneGadget(0, powers, undefined, false);
      for (let times = 0; times < 8; times++) {
        for (const validator of heard) {
          const heartbeat = heartbeatOf(validator, node.time.nowMs());
          node.refusal((gadget) => gadget.receiveHeartbeat(heartbeat));
        }
        await node.pass(TIMES.repeatMs);
      }
      return node.gadget.signing;
    };
    expect(await signing([70n, 10n, 10n, 10n], [])).toBe("signing");
    expect(await signing([60n, 10n, 15n, 15n], [1])).toBe("signing");
    expect(await signing([60n, 5n, 20n, 15n], [1])).toBe("listening");
    expect(await signing([40n, 15n, 25n, 20n], [1])).toBe("listening");
  });

  it("with an empty log in a set that has certificates it waits until others vote", async () => {
    const node = new LoneGadget(0);
    node.wasMember = true;
    await node.pass(10 * LISTEN_MS);
    expect([node.gadget.signing, node.gadget.listeningFor]).toEqual(["listening", "votes"]);
    node.gadget.receiveCertificate(certified(1, [1, 2, 3]));
    await node.pass(10 * LISTEN_MS);
    expect(node.gadget.listeningFor).toBe("votes");
    // One of three voting validators is too few. Two suffice, but cannot decide without this node.
    for (const validator of [1, 2]) {
      node.hears(voteOf(validator, { height: 2, step: "prevote" }));
      expect(node.gadget.listeningFor).toBe(validator === 1 ? "votes" : "time");
    }
    await node.pass(LISTEN_MS - 1);
    expect(node.votes.filter(({ message }) => message.validator === 0)).toEqual([]);
    await node.pass(TIMES.repeatMs + LISTEN_MS);
    expect(node.gadget.signing).toBe("signing");
    const logged = new LoneGadget(0, undefined, record());
    logged.wasMember = true;
    await logged.pass(LISTEN_MS + 20);
    expect(logged.gadget.signing).toBe("signing");
  });

  it("VOTE_KEY_ELSEWHERE: a certificate contains its vote, which it did not cast", async () => {
    const node = new LoneGadget(0);
    await node.pass(2 * LISTEN_MS);
    node.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    expect(node.gadget.signing).toBe("stopped");
    // While the node is observing, the vote may be its own from before a restart.
    const listening = new LoneGadget(0);
    listening.gadget.receiveCertificate(certified(1, [0, 1, 2]));
    expect(listening.gadget.signing).toBe("listening");
  });

  it("other validators that claim to be ahead delay it for a bounded time", async () => {
    const node = new LoneGadget(0);
    for (let times = 0; times < 30; times++) {
      node.refusal((gadget) => gadget.receiveVote(voteOf(1, { height: 1_000, epoch: 0 })));
      await node.pass(LISTEN_MS / 2);
    }
    expect(node.gadget.signing).toBe("signing");
  });

  it("VOTE_KEY_ELSEWHERE: an unknown vote of its key stops it, while observing and later", async () => {
    for (const waitMs of [0, 2 * LISTEN_MS]) {
      const node = new LoneGadget(0);
      await node.pass(waitMs);
      const before = node.said.length;
      node.hears(voteOf(0, { round: 2, step: "prevote", value: OTHER }));
      expect(node.gadget.signing).toBe("stopped");
      await node.pass(10 * LISTEN_MS);
      const own = node.votes.slice(before).filter(({ message }) => message.validator === 0);
      expect(own.filter(({ message }) => message.round > 1)).toEqual([]);
      expect(node.evidence).toEqual([]);
    }
  });

  it("VOTE_KEY_ELSEWHERE: a vote that contradicts its log; at a later height; in a proposal", () => {
    const other = new LoneGadget(0, undefined, record());
    other.refusal((gadget) => gadget.receiveVote(voteOf(0, { step: "prevote", value: OTHER })));
    expect(other.gadget.signing).toBe("stopped");
    const later = new LoneGadget(0, undefined, record());
    later.hears(voteOf(0, { height: 2, step: "prevote" }));
    expect(later.gadget.signing).toBe("stopped");
    const far = new LoneGadget(0, undefined, record());
    far.refusal((gadget) => gadget.receiveVote(voteOf(0, { height: 4, step: "prevote" })));
    expect(far.gadget.signing).toBe("stopped");
    const proposer = new LoneGadget().sets[0]!.proposer(1, 0);
    const proposing = new LoneGadget(proposer);
    proposing.gadget.receiveProposal(proposalOf(proposing.sets[0]!, 1));
    expect(proposing.gadget.signing).toBe("stopped");
  });

  it("its own votes, repeated by others, do not stop it", async () => {
    const node = new LoneGadget(0, undefined, record());
    node.refusal((gadget) => gadget.receiveVote(voteOf(0, { step: "prevote" })));
    await node.pass(3 * LISTEN_MS);
    expect(node.gadget.signing).toBe("signing");
    for (const vote of node.votes) node.refusal((gadget) => gadget.receiveVote(vote));
    expect(node.gadget.signing).toBe("signing");
  });

  it("republishes a vote stored before a crash only after observing, and counts it no earlier", async () => {
    const node = new LoneGadget(0, undefined, record({ step: "precommit", own: storedOwn("precommit") }));
    node.hears(...[1, 2].map((validator) => voteOf(validator)));
    const own = () => node.votes.filter(({ message }) => message.validator === 0);
    await node.pass(LISTEN_MS - 1);
    expect([node.gadget.signing, own(), node.finalized]).toEqual(["listening", [], []]);
    await node.pass(20);
    expect(node.gadget.signing).toBe("signing");
    expect(own()[0]?.message).toMatchObject({ height: 1, step: "precommit" });
    expect(node.finalized.map(signersOf)).toEqual([[0, 1, 2]]);
    // Nobody has verified the stored vote's signature.
    expect(node.sets[0]!.remembered).toEqual([]);
  });

  it("never republishes a stored vote if another machine has voted differently meanwhile", async () => {
    const node = new LoneGadget(0, undefined, record());
    await node.pass(LISTEN_MS / 2);
    node.hears(voteOf(0, { step: "prevote", value: OTHER }));
    expect(node.gadget.signing).toBe("stopped");
    await node.pass(10 * LISTEN_MS);
    expect([node.said, node.evidence]).toEqual([[], []]);
  });

  it("signs withheld votes before votes that follow from the stored ones", async () => {
    const proposer = new LoneGadget().sets[0]!.proposer(1, 0);
    const others = [0, 1, 2, 3].filter((validator) => validator !== proposer);
    const { signature } = proposalOf(new LoneGadget().sets[0]!, 1);
    const own = { ...storedOwn("propose"), signature };
    const node = new LoneGadget(proposer, undefined, record({ step: "propose", own }));
    // The others have this node's proposal from before the crash.
    const [first, ...later] = others.map((validator) => voteOf(validator, { step: "prevote" }));
    node.hears(first!);
    await node.pass(LISTEN_MS - 20);
    node.hears(...later);
    await node.pass(40);
    expect(node.gadget.signing).toBe("signing");
    const said = node.votes.filter(({ message }) => message.validator === proposer);
    expect(said.map(({ message: { step, value } }) => [step, value])).toEqual([
      ["prevote", undefined],
      ["precommit", blockOf(1)],
    ]);
  });

  it("votes of another machine bar their height, and no later one [FINAL-14]", async () => {
    const node = new LoneGadget(0, undefined, record({ own: undefined }));
    await node.pass(3 * LISTEN_MS);
    node.gadget.receiveProposal(proposalOf(node.sets[0]!, 1));
    await node.pass(3 * LISTEN_MS);
    expect(node.votes.filter(({ message }) => message.validator === 0)).toEqual([]);
    node.hears(...[1, 2, 3].map((validator) => voteOf(validator)));
    await node.pass(3 * LISTEN_MS);
    expect(node.votes.some(({ message }) => message.validator === 0 && message.height === 2)).toBe(true);
  });
});

describe("all validators start at once", () => {
  it("they observe each other and continue", async () => {
    for (const powers of [
      [1n, 1n],
      [1n, 1n, 1n, 1n],
      [7n, 1n, 1n, 1n],
    ]) {
      const all = [...powers.keys()];
      const network = new GadgetNetwork(powers, carryToAll);
      const isAt = (height: number) => () => network.slowest(all) >= height;
      expect(await network.time.run(8_000, isAt(2))).toBe(true);
      for (const member of network.members) member.begin();
      expect(await network.time.run(8_000, isAt(network.slowest(all) + 2))).toBe(true);
      expect(network.evidence).toEqual([]);
    }
  });
});

describe("gossip carries a repeated vote once per slot, from any sender [NET-23]", () => {
  const slotOf = (ms: number) => Math.floor((ms + TIMES.repeatMs / 2) / TIMES.repeatMs);
  const RESTART_AT_MS = (2 / 3) * TIMES.repeatMs;

  it("an observing validator receives repeated votes that it has seen before [FINAL-6]", async () => {
    const carried = new Set<string>();
    const network = new GadgetNetwork([1n, 1n, 1n, 1n], (self, from, sent) => {
      const id = `${slotOf(self.time.nowMs())} ${JSON.stringify(sent)}`;
      if (!carried.has(id)) carryToAll(self, from, sent);
      carried.add(id);
    });
    const [, , restarted, silent] = network.members as [Member, Member, Member, Member];
    await network.time.run(6_000, () => restarted.finalHeight >= 2);
    silent.gadget?.stop();
    restarted.gadget?.stop();
    await network.time.run(3_000);
    const nowMs = network.time.nowMs();
    await network.time.run(TIMES.repeatMs - (nowMs % TIMES.repeatMs) + RESTART_AT_MS);
    restarted.begin();
    const height = restarted.finalHeight;
    expect(await network.time.run(20_000, () => network.slowest([0, 1, 2]) > height)).toBe(true);
  });
});

describe("key on a second machine", () => {
  it("with an empty log does not overtake the first, even in a quiet network [FINAL-12]", async () => {
    const network = new GadgetNetwork([1n, 1n, 1n, 1n], carryToAll);
    const [original] = network.members as [Member];
    await network.time.run(6_000, () => original.finalHeight >= 3);
    network.stopBlocks();
    await network.time.run(1_000);
    const copy = network.addCopy(0);
    await network.time.run(5_000);
    expect(copy.gadget?.signing).toBe("listening");
    network.goOn();
    await network.time.run(20_000, () => copy.gadget?.signing === "stopped");
    expect([original.gadget?.signing, copy.gadget?.signing]).toEqual(["signing", "stopped"]);
    expect(network.evidence).toEqual([]);
  });
});

describe("a validator restored from an old backup signs no contradiction [FINAL-12]", () => {
  const restore = (member: Member, old: SigningWatermark | undefined): void => {
    member.record = old;
    member.begin();
  };

  it("if the others continue", async () => {
    const network = new GadgetNetwork([1n, 1n, 1n, 1n], carryToAll);
    const [restored] = network.members as [Member];
    await network.time.run(4_000, () => restored.finalHeight >= 2);
    const old = restored.record;
    const height = restored.finalHeight;
    await network.time.run(4_000, () => restored.finalHeight >= height + 4);
    restored.finalHeight = height;
    restore(restored, old);
    await network.time.run(20_000);
    expect(network.evidence).toEqual([]);
    expect(network.slowest([0, 1, 2, 3])).toBeGreaterThan(height + 10);
    expect(restored.gadget?.signing).toBe("signing");
  });

  it("if its connection is cut, for any time", async () => {
    let isCut = false;
    const network = new GadgetNetwork([1n, 1n, 1n, 1n], (self, from, sent) => {
      self.members.forEach((member, to) => {
        if (to === from || (isCut && (to === 0 || from === 0))) return;
        if (sent.kind !== "vote" || sent.vote.message.step === "prevote" || !isHeldUp)
          carry(self, member, sent);
      });
    });
    let isHeldUp = false;
    const carry = (self: GadgetNetwork, member: Member, sent: Sent): void => {
      self.time.after(20, () => member.receive(sent));
    };
    const [restored] = network.members as [Member];
    await network.time.run(6_000, () => restored.finalHeight >= 2);
    const old = restored.record;
    isHeldUp = true;
    await network.time.run(3_000);
    const newest = restored.record;
    expect(newest).not.toEqual(old);
    isCut = true;
    restored.finalHeight = old!.height;
    restore(restored, old);
    await network.time.run(10_000);
    expect([restored.gadget?.signing, restored.gadget?.listeningFor]).toEqual(["listening", "others"]);
    expect(restored.record).toEqual(old);
    isCut = false;
    isHeldUp = false;
    await network.time.run(8_000);
    expect(network.evidence).toEqual([]);
    expect(network.slowest([1, 2, 3])).toBeGreaterThan(newest!.height);
  });

  it("if the others wait for it: they repeat its votes, and it stops", async () => {
    let isCut = false;
    const network = new GadgetNetwork([1n, 1n, 1n, 1n], (self, from, sent) => {
      if (!isCut || from !== 3) carryToAll(self, from, sent);
    });
    const [restored, , third] = network.members as [Member, Member, Member];
    await network.time.run(6_000, () => restored.finalHeight >= 2);
    const old = restored.record;
    isCut = true;
    third.gadget?.stop();
    await network.time.run(6_000);
    restore(restored, old);
    await network.time.run(6_000);
    expect(restored.gadget?.signing).toBe("stopped");
    expect(network.evidence).toEqual([]);
  });
});
