import { silentLog } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { Notification } from "@trellis/platform/notify";
import type { FinalityStatus } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { type NodeProblem, type NotifyingNode, nodeProblems } from "./nodeProblems.ts";
import { CHECK_MS, watchNode } from "./watchNode.ts";

const GIB = 2 ** 30;

function nodeWith(
  status: object = {},
  {
    isAlone = false,
    isBehind = false,
    freeBytes = 50 * GIB,
    equivocations = 0,
    failure = undefined as Error | undefined,
  } = {},
): NotifyingNode {
  const finality = {
    validators: [{}],
    isFinalizing: true,
    finalized: { height: 3 },
    lagBlocks: 40,
    ...status,
  };
  return {
    chain: {
      failure: () => failure,
      finality: {
        status: () => finality as unknown as FinalityStatus,
        equivocations: () => equivocations,
      },
    },
    network: {
      isolation: () => (isAlone ? "no peer has responded yet" : undefined),
      syncing: () =>
        isBehind
          ? { phase: "blocks" as const, startingBlock: 0, currentBlock: 5, highestBlock: 90 }
          : undefined,
    },
    disk: () => ({ freeBytes, totalBytes: 100 * GIB }),
  };
}

describe("problems of a node", () => {
  const kindsOf = (node: NotifyingNode) => nodeProblems(node).map(({ kind }) => kind);

  it("a sound node has none", () => {
    expect(kindsOf(nodeWith())).toEqual([]);
    expect(kindsOf(nodeWith({ validators: [] }))).toEqual([]);
    expect(kindsOf(nodeWith({ signing: "listening", listeningFor: "votes" }))).toEqual([]);
  });

  it.each([
    ["node.chainFailed", nodeWith({}, { failure: new Error("the disk is full") })],
    ["node.finalityStalled", nodeWith({ isFinalizing: false })],
    ["node.finalityStalled", nodeWith({ isFinalizing: false, validators: [] })],
    ["node.slashingRisk", nodeWith({ signing: "stopped" })],
    ["node.equivocation", nodeWith({}, { equivocations: 2 })],
    ["node.peersLost", nodeWith({}, { isAlone: true })],
    ["node.syncLost", nodeWith({}, { isBehind: true })],
    ["node.diskLow", nodeWith({}, { freeBytes: 10 * GIB - 1 })],
  ])("%s", (kind, node) => {
    expect(kindsOf(node)).toEqual([kind]);
  });

  it("a small disk is low below a tenth", () => {
    const small = (freeBytes: number) => ({
      ...nodeWith(),
      disk: () => ({ freeBytes, totalBytes: 20 * GIB }),
    });
    expect(kindsOf(small(2 * GIB))).toEqual([]);
    expect(kindsOf(small(2 * GIB - 1))).toEqual(["node.diskLow"]);
  });
});

describe("watch of a node", () => {
  const PROBLEM: NodeProblem = {
    kind: "node.syncLost",
    severity: "warning",
    subject: "behind",
    text: "5 of 90",
  };

  function open() {
    const time = new VirtualTime();
    const told: Notification[] = [];
    const problems: NodeProblem[] = [];
    const notifier = { notify: async (notification: Notification) => void told.push(notification) };
    const ports = { notifier: () => notifier, clock: time, scheduler: time, log: silentLog };
    const watch = watchNode(() => [...problems], ports);
    return { told, problems, watch, check: () => time.run(CHECK_MS) };
  }

  it("a problem is notified once, on the second check, and so is its end", async () => {
    const { told, problems, check } = open();
    problems.push(PROBLEM);
    await check();
    expect(told).toEqual([]);
    for (let checks = 0; checks < 3; checks++) await check();
    expect(told).toMatchObject([PROBLEM]);
    problems.pop();
    await check();
    expect(told).toMatchObject([PROBLEM, { severity: "info", subject: "Resolved: behind" }]);
    problems.push(PROBLEM);
    await check();
    await check();
    expect(told).toHaveLength(3);
    expect(new Set(told.map(({ dedupeKey }) => dedupeKey)).size).toBe(3);
  });

  it("a problem of one check is not notified, nor is its end", async () => {
    const { told, problems, check } = open();
    problems.push(PROBLEM);
    await check();
    problems.pop();
    await check();
    await check();
    expect(told).toEqual([]);
  });
});
