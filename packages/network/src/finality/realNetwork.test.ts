import { randomBytes } from "node:crypto";
import { type Scheduler, silentLog, silentMetrics } from "@trellis/base";
import { expect, it } from "vitest";
import { createLibp2pTransport } from "../libp2p/index.ts";
import { eventually } from "../libp2p/testing/eventually.ts";
import { createNetwork } from "../node/createNetwork.ts";
import type { Network } from "../node/Network.ts";
import { MemoryPeerBookStore } from "../peers/index.ts";
import { noStates } from "../sync/testing/TestNode.ts";
import { openTestChain, TEST_PARAMETERS } from "../sync/testing/testChain.ts";
import { FINALITY_LIMITS } from "./limits.ts";
import { certificateOf, evidenceOf, proposalOf, TestIntake, voteOf } from "./testing/TestIntake.ts";

const clock = { nowMs: () => Date.now() };
const scheduler: Scheduler = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

interface Node {
  readonly intake: TestIntake;
  readonly network: Network;
  readonly address: string;
  readonly id: string;
}

async function start(agent: string, bootstrap: readonly string[]): Promise<Node> {
  const chain = await openTestChain(clock);
  const { chainId } = TEST_PARAMETERS;
  const transport = await createLibp2pTransport(
    {
      key: randomBytes(32),
      listen: ["/ip4/127.0.0.1/tcp/0"],
      announce: [],
      chainId,
      agent,
      mdns: false,
      connectionsMax: 20,
    },
    { scheduler, log: silentLog },
  );
  const intake = new TestIntake();
  const network = await createNetwork(
    { shard: 0, agent, bootstrap, outboundTarget: 1 },
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
    {
      clock,
      scheduler,
      random: { bytes: (count) => randomBytes(count) },
      log: silentLog,
      metrics: silentMetrics,
    },
  );
  intake.requestCertificates = (height) => network.voteOutbox.requestCertificates(height);
  await network.start();
  return { intake, network, address: transport.addresses()[0]!, id: transport.self };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("over libp2p votes reach all nodes, repetitions pass gossip's duplicate filter, and a liar is banned [NET-23] [NET-24]", async () => {
  const first = await start("first", []);
  const second = await start("second", [first.address]);
  const third = await start("third", [second.address]);
  const nodes = [first, second, third];
  let late: Node | undefined;
  try {
    await eventually(() => nodes.every(({ network }) => network.peers().length > 0));
    const isHeard = (node: Node, kind: string) => node.intake.heard.some((said) => said.startsWith(kind));
    await eventually(() => {
      first.network.voteOutbox.vote(voteOf(1));
      return isHeard(second, "vote") && isHeard(third, "vote");
    });
    first.network.voteOutbox.proposal(proposalOf());
    third.network.voteOutbox.evidence(evidenceOf(2));
    await eventually(() => isHeard(third, "proposal") && isHeard(first, "evidence"));

    late = await start("late", [third.address]);
    await eventually(() => (late as Node).network.peers().length > 0);
    await eventually(() => {
      first.network.voteOutbox.vote(voteOf(1));
      return isHeard(late as Node, "vote");
    });
    for (let times = 0; times < 6; times++) {
      first.network.voteOutbox.vote(voteOf(1));
      await wait(FINALITY_LIMITS.slotMs / 2);
    }
    for (const node of nodes) {
      for (const { score } of node.network.peers()) expect(score).toBeGreaterThanOrEqual(0);
    }
    first.network.voteOutbox.certificate(certificateOf(1));
    await eventually(() => [second, third, late as Node].every(({ intake }) => intake.height === 2));

    await eventually(() => {
      (late as Node).network.voteOutbox.vote(voteOf(1, 2, true));
      (late as Node).network.voteOutbox.vote(voteOf(2, 2, true));
      return third.network.bans().some(({ target }) => target === late?.id);
    });
    expect(first.network.bans()).toEqual([]);
  } finally {
    await Promise.all([...nodes, late].map((node) => node?.network.stop()));
  }
});
