import { silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { BUNDLED_VOTES_MAX, type Certificate, type VoteBundle } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createNetwork } from "../node/createNetwork.ts";
import type { Network } from "../node/Network.ts";
import { MemoryPeerBookStore } from "../peers/index.ts";
import { seededBytes } from "../sync/testing/seededBytes.ts";
import { noStates } from "../sync/testing/TestNode.ts";
import { TestInternet, type TestTransport } from "../sync/testing/TestTransport.ts";
import { openTestChain, TEST_PARAMETERS, TEST_START_MS } from "../sync/testing/testChain.ts";
import { createWire } from "../wire/index.ts";
import { FINALITY_LIMITS } from "./limits.ts";
import {
  certificateOf,
  evidenceOf,
  heartbeatOf,
  proposalOf,
  TestIntake,
  voteOf,
} from "./testing/TestIntake.ts";

interface Node {
  readonly name: string;
  readonly intake: TestIntake;
  readonly transport: TestTransport;
  readonly network: Network;
}

const wire = createWire(TEST_PARAMETERS);
const CERTIFICATES = wire.protocols.certificates.id;
const topic = wire.topics.finality;

async function start(internet: TestInternet, name: string, bootstrap: readonly string[]): Promise<Node> {
  const { time } = internet;
  const chain = await openTestChain(time);
  const transport = internet.transport(name);
  const intake = new TestIntake();
  const network = await createNetwork(
    { shard: 0, agent: name, bootstrap: bootstrap.map((peer) => `test/${peer}`), outboundTarget: 4 },
    {
      transport,
      peerBook: new MemoryPeerBookStore(),
      states: noStates,
      voteIntake: intake,
      chain: chain.exchange,
      view: chain.view,
      pool: chain.pool,
      intake: chain.intake,
    },
    { clock: time, scheduler: time, random: seededBytes(name), log: silentLog, metrics: silentMetrics },
  );
  intake.requestCertificates = (height) => network.voteOutbox.requestCertificates(height);
  await network.start();
  return { name, intake, transport, network };
}

async function row(names: readonly string[]) {
  const internet = new TestInternet(new VirtualTime(TEST_START_MS));
  const nodes: Node[] = [];
  for (const [index, name] of names.entries()) {
    nodes.push(await start(internet, name, index === 0 ? [] : [names[index - 1]!]));
  }
  await internet.time.run(3_000);
  return { internet, nodes, time: internet.time };
}

const scoreOf = ({ network }: Node, peer: string): number =>
  network.peers().find(({ id }) => id === peer)?.score ?? Number.NEGATIVE_INFINITY;
const askedFor = ({ transport }: Node): number => transport.answered.get(CERTIFICATES) ?? 0;

function certificates(count: number): Certificate[] {
  return Array.from({ length: count }, (_, index) => certificateOf(index + 1));
}

describe("votes", () => {
  it("reach all nodes once [NET-23] [NET-24]", async () => {
    const { nodes, time } = await row(["a", "b", "c", "d"]);
    const { voteOutbox: outbox } = nodes[0]!.network;
    outbox.vote(voteOf(1));
    outbox.proposal(proposalOf());
    outbox.evidence(evidenceOf(2));
    outbox.heartbeat(heartbeatOf(3));
    await time.run(100);
    outbox.certificate(certificateOf(1));
    await time.run(1_000);
    for (const { intake } of nodes.slice(1)) {
      const kinds = intake.heard.map((said) => said.split(" ")[0]);
      expect(kinds.toSorted()).toEqual(["certificate", "evidence", "heartbeat", "proposal", "vote"]);
    }
  });

  it("are repeated for peers that connect later, and at most as often as useful [NET-24]", async () => {
    const { nodes, time, internet } = await row(["a", "b", "c"]);
    const [a, , c] = nodes as [Node, Node, Node];
    a.network.voteOutbox.vote(voteOf(1));
    await time.run(500);
    const late = await start(internet, "late", ["c"]);
    await time.run(3_000);
    expect(late.intake.heard).toEqual([]);
    const published = () => a.transport.published.length;
    const before = published();
    const calls = c.intake.calls;
    for (let times = 0; times < 10; times++) {
      a.network.voteOutbox.vote(voteOf(1));
      await time.run(20);
    }
    await time.run(500);
    expect(late.intake.heard).toHaveLength(1);
    expect(published() - before).toBe(1);
    expect(c.intake.calls - calls).toBe(1);
    for (let times = 0; times < 20; times++) {
      await time.run(FINALITY_LIMITS.slotMs);
      a.network.voteOutbox.vote(voteOf(1));
    }
    for (const node of nodes)
      for (const { score } of node.network.peers()) expect(score).toBeGreaterThanOrEqual(0);
  });

  it("repeated in another slot are new messages, and equal when two nodes repeat them at once [NET-23]", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    const messages: string[] = [];
    for (let times = 0; times < 3; times++) {
      a.network.voteOutbox.vote(voteOf(1));
      if (times > 0) b.network.voteOutbox.vote(voteOf(1));
      await time.run(FINALITY_LIMITS.slotMs);
    }
    for (const { transport } of nodes) {
      for (const { message } of transport.published) messages.push(Buffer.from(message).toString("hex"));
    }
    expect(new Set(messages).size).toBe(3);
  });

  it("that a peer repeats in any slots are forwarded at the rate of honest ones [NET-24]", async () => {
    const { nodes, time } = await row(["liar", "b", "c"]);
    const [liar, , c] = nodes as [Node, Node, Node];
    for (let slot = 0; slot < 200; slot++) {
      liar.transport.publish(
        topic.id,
        topic.codec.encode({ content: { kind: "votes", votes: [voteOf(1)] }, slot }),
      );
      await time.run(10);
    }
    expect(c.intake.calls).toBeLessThanOrEqual(1 + 2_000 / FINALITY_LIMITS.passAgainMs);
    expect(c.intake.heard).toHaveLength(1);
  });

  it("of several peers are forwarded in one bundle, and never twice [NET-29]", async () => {
    const { nodes, time, internet } = await row(["a", "b", "c"]);
    const [a, b, c] = nodes as [Node, Node, Node];
    const others = [await start(internet, "d", ["b"]), await start(internet, "e", ["b"])];
    await time.run(3_000);
    const published = () => b.transport.published.slice(-1).map(({ message }) => topic.codec.decode(message));
    for (const [index, { network }] of [a, ...others].entries()) network.voteOutbox.vote(voteOf(index));
    await time.run(200);
    const [bundle] = published();
    expect(bundle).toMatchObject({ slot: 0, content: { kind: "votes" } });
    expect((bundle!.content as { votes: VoteBundle }).votes.map((vote) => vote.message.validator)).toEqual([
      0, 1, 2,
    ]);
    const count = b.transport.published.length;
    await time.run(5_000);
    expect(b.transport.published).toHaveLength(count);
    for (const { intake } of [c, ...others]) expect(new Set(intake.heard).size).toBe(intake.heard.length);
  });

  it("of another ballot or value are forwarded apart, at most 256 together [NET-29]", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const [a, b, c] = nodes as [Node, Node, Node];
    const other = { ...voteOf(7), message: { ...voteOf(7).message, value: undefined } };
    for (let index = 0; index < BUNDLED_VOTES_MAX + 10; index++) a.network.voteOutbox.vote(voteOf(index));
    a.network.voteOutbox.vote(other);
    await time.run(1_000);
    const sizes = b.transport.published.map(({ message }) => {
      const { content } = topic.codec.decode(message);
      return content.kind === "votes" ? content.votes.length : 0;
    });
    expect(sizes).toEqual([BUNDLED_VOTES_MAX, 10, 1]);
    expect(c.intake.heard).toHaveLength(BUNDLED_VOTES_MAX + 11);
  });

  it("beside a false one are forwarded, and only the sender of the false one is banned [NET-24]", async () => {
    const { nodes, time } = await row(["liar", "b", "c"]);
    const [liar, b, c] = nodes as [Node, Node, Node];
    const votes = [voteOf(1), voteOf(2, 1, true)];
    liar.transport.publish(topic.id, topic.codec.encode({ content: { kind: "votes", votes }, slot: 0 }));
    await time.run(1_000);
    expect(b.network.bans().map(({ target }) => target)).toEqual(["liar"]);
    expect(c.network.bans()).toEqual([]);
    expect(c.intake.heard).toHaveLength(1);
  });

  it("repeated with slots of the future do not stop later repetitions [NET-24]", async () => {
    const { nodes, time } = await row(["liar", "b", "c"]);
    const [liar, b, c] = nodes as [Node, Node, Node];
    const votes = [voteOf(1)];
    for (const slot of [0, Number.MAX_SAFE_INTEGER]) {
      liar.transport.publish(topic.id, topic.codec.encode({ content: { kind: "votes", votes }, slot }));
      await time.run(1_000);
    }
    const calls = c.intake.calls;
    b.network.voteOutbox.vote(voteOf(1));
    await time.run(1_000);
    expect(c.intake.calls).toBe(calls + 1);
  });

  it("of another height are neither forwarded nor penalized", async () => {
    const { nodes, time } = await row(["a", "b", "c"]);
    const [a, b, c] = nodes as [Node, Node, Node];
    b.intake.height = 5;
    a.network.voteOutbox.vote(voteOf(1, 4));
    a.network.voteOutbox.vote(voteOf(1, 6));
    await time.run(500);
    expect(c.intake.calls).toBe(0);
    expect(scoreOf(b, "a")).toBeGreaterThanOrEqual(0);
  });

  it("with false contents ban the sender, and are not forwarded [PEER-3]", async () => {
    const { nodes, time } = await row(["liar", "b", "c"]);
    const [liar, b, c] = nodes as [Node, Node, Node];
    liar.network.voteOutbox.vote(voteOf(1, 1, true));
    await time.run(100);
    expect(b.network.bans().map(({ target }) => target)).toEqual(["liar"]);
    expect(c.intake.calls).toBe(0);
  });

  it("that are malformed penalize the sender [NET-4]", async () => {
    const { nodes, time } = await row(["liar", "b"]);
    const [liar, b] = nodes as [Node, Node];
    liar.transport.publish(topic.id, Uint8Array.of(0, 0xc3, 1, 2, 3));
    await time.run(100);
    expect(scoreOf(b, "liar")).toBeLessThan(-40);
  });

  it("are processed only within the sender's rate limit [NET-24] [PEER-12]", async () => {
    const { nodes, time } = await row(["flood", "b"]);
    const [flood, b] = nodes as [Node, Node];
    const { perSecond, burst } = { perSecond: 4_096, burst: 32_768 };
    for (let round = 0; round < 5_000; round++) {
      const vote = { ...voteOf(1), message: { ...voteOf(1).message, round } };
      flood.transport.publish(
        topic.id,
        topic.codec.encode({ content: { kind: "votes", votes: [vote] }, slot: 0 }),
      );
    }
    await time.run(1_000);
    expect(b.intake.calls).toBeLessThanOrEqual(
      (burst + 4 * perSecond) / (8 + topic.cost(new Uint8Array(200))),
    );
    expect(b.intake.calls).toBeGreaterThan(2_000);
  });
});

describe("missing certificates [NET-25] [NET-26]", () => {
  it("are requested in pages, in order, from one peer after another", async () => {
    const { nodes, time } = await row(["empty", "b", "full"]);
    const [empty, b, full] = nodes as [Node, Node, Node];
    full.intake.certificates.push(...certificates(200));
    b.network.voteOutbox.requestCertificates(1);
    await time.run(2_000);
    expect(b.intake.certificates).toEqual(full.intake.certificates);
    expect(askedFor(full)).toBe(4);
    expect(askedFor(empty)).toBeLessThanOrEqual(1);
  });

  it("are requested at most once a second", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    for (let times = 0; times < 100; times++) {
      b.network.voteOutbox.requestCertificates(1);
      await time.run(50);
    }
    expect(askedFor(a)).toBeGreaterThanOrEqual(3);
    expect(askedFor(a)).toBeLessThanOrEqual(6);
  });

  it("are applied up to the first unverifiable one, and continued when it is verifiable", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    a.intake.certificates.push(...certificates(100));
    b.intake.heightMax = 10;
    b.network.voteOutbox.requestCertificates(1);
    await time.run(2_000);
    expect(b.intake.certificates).toHaveLength(10);
    b.intake.heightMax = 90;
    b.network.voteOutbox.requestCertificates(11);
    await time.run(2_000);
    expect(b.intake.certificates).toHaveLength(90);
    expect(scoreOf(b, "a")).toBeGreaterThanOrEqual(0);
  });

  it("are requested when votes of later heights arrive", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    a.intake.certificates.push(...certificates(3));
    a.network.voteOutbox.vote(voteOf(1, 4));
    await time.run(1_000);
    expect(b.intake.certificates).toHaveLength(3);
  });

  it("are requested when a hello reports a higher final block, since a node that has decided may send no votes", async () => {
    const { nodes, time } = await row(["a", "b"]);
    const [a, b] = nodes as [Node, Node];
    const { hello } = wire.protocols;
    a.intake.certificates.push(...certificates(3));
    await time.run(20_000);
    expect(b.intake.certificates).toEqual([]);
    a.transport.override = async (_from, protocol, _request, answer) => {
      if (protocol !== hello.id) return answer();
      const told = hello.answer.decode(await answer());
      return hello.answer.encode({ ...told, finalized: { ...told.finalized, number: 3 } });
    };
    await time.run(20_000, () => b.intake.certificates.length > 0);
    expect(b.intake.certificates).toHaveLength(3);
  });

  it("that are false penalize the sender, and other peers are asked", async () => {
    const { nodes, time, internet } = await row(["liar", "b"]);
    const [liar, b] = nodes as [Node, Node];
    liar.intake.certificates.push(certificateOf(1, true));
    b.network.voteOutbox.requestCertificates(1);
    await time.run(2_000);
    expect(b.network.bans().map(({ target }) => target)).toEqual(["liar"]);
    const honest = await start(internet, "honest", ["b"]);
    honest.intake.certificates.push(certificateOf(1));
    await time.run(3_000);
    b.network.voteOutbox.requestCertificates(1);
    await time.run(2_000);
    expect(b.intake.certificates).toHaveLength(1);
    expect(scoreOf(b, "honest")).toBeGreaterThanOrEqual(0);
  });

  it("that do not match the request are a false answer", async () => {
    const { nodes, time } = await row(["liar", "b"]);
    const [liar, b] = nodes as [Node, Node];
    liar.transport.override = async (_from, protocol, _request, answer) =>
      protocol === CERTIFICATES
        ? wire.protocols.certificates.answer.encode({ certificates: [certificateOf(2), certificateOf(2)] })
        : answer();
    b.network.voteOutbox.requestCertificates(1);
    await time.run(1_000);
    expect(b.intake.certificates).toEqual([]);
    expect(scoreOf(b, "liar")).toBeLessThan(-30);
  });
});
