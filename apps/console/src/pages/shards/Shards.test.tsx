import { describe, expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
  // Without a chain, hashes are no links, which would need a router.
  const content = JSON.stringify({ parts: [], isDevelopment: true });
  vi.stubGlobal("document", { querySelector: () => ({ content }) });
});

import { shownAlone } from "../../ui/testing/drawAlone.tsx";
import { flowOf } from "./flowOf.ts";
import { Journey } from "./MessagePage.tsx";
import { Flows, ShardList } from "./Shards.tsx";
import type { MessageJson, PlaceJson, ShardJson } from "./shardJson.ts";

const textOf = (element: Parameters<typeof shownAlone>[0]): string =>
  shownAlone(element)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");

const queue = (destination: number, [sent, acknowledged, received, due]: readonly number[]) => ({
  destination,
  sent: `0x${sent!.toString(16)}`,
  acknowledged: `0x${acknowledged!.toString(16)}`,
  waiting: `0x${(sent! - acknowledged!).toString(16)}`,
  received: `0x${received!.toString(16)}`,
  due: `0x${due!.toString(16)}`,
});

const followed = (shard: number, queues: readonly ReturnType<typeof queue>[]) =>
  ({
    shard,
    chainId: "0x7a69",
    isFollowed: true,
    number: "0x4d2",
    finalityLagBlocks: "0x6",
    finalityLagMs: "0xbb8",
    gasShare: 0.1234,
    transactionsPerSecond: 3.25,
    queues,
    record: shard === 0 ? null : { number: "0x4c0" },
  }) as ShardJson;
const notFollowed = (shard: number): ShardJson => ({
  shard,
  chainId: null,
  isFollowed: false,
  number: null,
  finalityLagBlocks: null,
  finalityLagMs: null,
  gasShare: null,
  transactionsPerSecond: null,
  queues: null,
  record: null,
});

const A = followed(0, [queue(1, [20, 12, 3, 1]), queue(2, [5, 2, 1, 4])]);
const B = followed(1, [queue(0, [7, 3, 15, 2]), queue(2, [0, 0, 0, 0])]);
const C = notFollowed(2);

describe("flows between shards", () => {
  it("are in flight from what was sent to what was received", () => {
    expect(flowOf(A, B)).toEqual({ inFlight: 5n, delivered: 15n });
    expect(flowOf(B, A)).toEqual({ inFlight: 4n, delivered: 3n });
  });

  it("of a shard that the node does not follow are what the other end knows", () => {
    expect(flowOf(A, C)).toEqual({ inFlight: 3n, delivered: 2n });
    expect(flowOf(C, A)).toEqual({ inFlight: 4n, delivered: 1n });
    expect(flowOf(C, notFollowed(3))).toBeUndefined();
  });

  it("are never negative, if the destination's state is newer", () => {
    const newer = followed(1, [queue(0, [0, 0, 21, 0])]);
    expect(flowOf(A, newer)).toEqual({ inFlight: 0n, delivered: 21n });
  });

  it("are a matrix", () => {
    expect(textOf(<Flows shards={[A, B, C]} />)).toMatch(
      /to 0 to 1 to 2 shard 0 5 \/ 15 3 \/ 2 shard 1 4 \/ 3 0 \/ 0 shard 2 4 \/ 1 0 \/ 0/,
    );
  });
});

it("shards have height, finality lag, load and record, or nothing if they are not followed", () => {
  const text = textOf(<ShardList shards={[B, C]} />);
  expect(text).toMatch(/1 31 337 followed 1 234 6 blocks, 3 s 12\.3 % 3\.3 1 216/);
  expect(text).toMatch(/2 – not followed – – – – –/);
});

describe("the journey of a message", () => {
  const place = (shard: number, isFinal: boolean): PlaceJson => ({
    shard,
    blockNumber: "0x10",
    blockHash: `0x${"b0".repeat(32)}`,
    timestampMs: "0x193b3ef2c00",
    transactionHash: `0x${"7a".repeat(32)}`,
    isFinal,
  });
  const MESSAGE: MessageJson = {
    id: `0x${"1d".repeat(32)}`,
    kind: "call",
    source: 0,
    destination: 1,
    sender: `0x${"aa".repeat(20)}`,
    recipient: `0x${"bb".repeat(20)}`,
    value: `0x${(2n * 10n ** 18n).toString(16)}`,
    gasLimit: "0x186a0",
    expiry: "0x677a0000",
    data: "0x",
    status: "pending",
    sent: place(0, false),
    delivery: null,
    refunded: null,
    refundOf: null,
    unknownShards: [],
  };
  const shown = (changes: Partial<MessageJson>) => textOf(<Journey message={{ ...MESSAGE, ...changes }} />);
  const stepOf = (changes: Partial<MessageJson>) =>
    /aria-current="step">([a-z]+)/.exec(shownAlone(<Journey message={{ ...MESSAGE, ...changes }} />))?.[1];
  const reverted = { ...place(1, true), outcome: "reverted", refund: `0x${"ef".repeat(32)}` } as const;

  it.each([
    [{}, "sent"],
    [{ status: "finalized" }, "final"],
    [{ status: "acknowledged", unknownShards: [1] }, "acknowledged"],
    [{ status: "delivered", delivery: { ...reverted, outcome: "executed", refund: null } }, "delivered"],
    [{ status: "failed", delivery: reverted }, "reverted"],
    [{ status: "refunded", delivery: reverted, refunded: { ...place(0, true), id: MESSAGE.id } }, "refunded"],
  ] as const)("%j has reached %s", (changes, step) => {
    expect(stepOf(changes)).toBe(step);
  });

  it("has its places, its content, and what this node cannot know", () => {
    const text = shown({ status: "failed", delivery: reverted, unknownShards: [1] });
    expect(text).toMatch(/Message from shard 0 to shard 1 failed/);
    expect(text).toMatch(/Sent shard 0, block 16 .*not final yet/);
    expect(text).toMatch(
      /Delivered: reverted shard 1, block 16, 0x7a7a7a…7a7a7a .* final Refund 0xefefef…efefef/,
    );
    expect(text).toMatch(/does not follow shard 1, so/);
    expect(text).toMatch(/Value 2 coins .*Gas limit 100 000 .*Data none/);
  });

  it("of a refund names the failed message, and has no gas and expiry", () => {
    const text = shown({ kind: "refund", refundOf: `0x${"fa".repeat(32)}`, expiry: "0x0" });
    expect(text).toMatch(/^ ?Refund from shard 0 to shard 1/);
    expect(text).toMatch(/Refund of 0xfafafa…fafafa/);
    expect(text).not.toMatch(/Gas limit|Expires/);
  });
});
