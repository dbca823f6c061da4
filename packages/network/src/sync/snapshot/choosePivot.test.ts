import type { ChainPlace, Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import type { ReadyPeer } from "../handshake/Handshakes.ts";
import { choosePivot, type PivotChoice } from "./choosePivot.ts";

const hashOf = (name: string): Hash => `0x${Buffer.from(name).toString("hex").padStart(64, "0")}`;

const HEIGHT = 120;
const chain = Array.from({ length: HEIGHT + 1 }, (_, number) => hashOf(`${number}`));
const states = {
  chainPlace(block: Hash, on: Hash): ChainPlace | undefined {
    const [number, top] = [chain.indexOf(block), chain.indexOf(on)];
    return number < 0 || top < number ? undefined : { number, blueWork: BigInt(number), depth: top - number };
  },
  canImport: (): boolean => true,
};

interface PeerClaim {
  readonly sink: string;
  readonly finalized: number;
  readonly states: readonly number[];
}

function peer({ sink, finalized, states: kept }: PeerClaim): ReadyPeer {
  return {
    id: sink,
    connection: { peer: sink, direction: "outbound" },
    hello: {
      sink: { hash: hashOf(sink), number: 0, blueWork: 0n },
      finalized: { hash: chain[finalized], number: finalized },
      states: kept.map((number) => chain[number]),
    },
  } as unknown as ReadyPeer;
}

function choose(claims: readonly PeerClaim[], options: Partial<PivotChoice> = {}): number | undefined {
  const pivot = choosePivot({
    states,
    checkpoint: chain[20]!,
    sink: chain[HEIGHT]!,
    depthMin: 10,
    isGone: () => false,
    peers: claims.map(peer),
    ...options,
  });
  return pivot?.number;
}

const HONEST: PeerClaim = { sink: "100", finalized: 80, states: [60, 70, 80] };

describe("state to import [SYNC-22]", () => {
  it("is the newest one kept by at least half as many peers as any other", () => {
    expect(choose([HONEST, HONEST, { ...HONEST, states: [60] }])).toBe(80);
    expect(choose([HONEST, HONEST, HONEST, { ...HONEST, states: [60, 90] }])).toBe(90);
  });

  it("is not one that a single peer claims above the others, at any number", () => {
    const liar: PeerClaim = { sink: "120", finalized: 0, states: [105] };
    expect(choose([liar, HONEST, HONEST, HONEST])).toBe(80);
    expect(
      choose([liar, ...[HONEST, HONEST, HONEST].map((claims) => ({ ...claims, sink: "unknown" }))]),
    ).toBe(80);
  });

  it("may be one that was abandoned if no other exists", () => {
    const isGone = (block: Hash): boolean => block === chain[80];
    expect(choose([HONEST], { isGone })).toBe(70);
    expect(choose([{ ...HONEST, states: [80] }], { isGone })).toBe(80);
  });

  it("is deep enough, except for the checkpoint", () => {
    expect(choose([HONEST], { sink: chain[85]! })).toBe(70);
    const shallow: PeerClaim = { sink: "100", finalized: 80, states: [] };
    expect(choose([shallow])).toBeUndefined();
    expect(choose([shallow], { sink: chain[100]!, checkpoint: chain[99]! })).toBe(99);
  });
});

it("SYNC-STATE-7: a state that the node cannot continue from is not chosen", () => {
  const claims = [{ sink: "a", finalized: 100, states: [60, 80, 100] }];
  expect(choose(claims)).toBe(100);
  const canImport = (block: Hash): boolean => chain.indexOf(block) <= 80;
  expect(choose(claims, { states: { ...states, canImport } })).toBe(80);
  expect(choose(claims, { states: { ...states, canImport: () => false } })).toBeUndefined();
});
