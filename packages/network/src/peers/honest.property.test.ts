import { devParameters, HEADER_LIMITS, main, type NetworkParameters } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame } from "../wire/frame.ts";
import { createWire } from "../wire/index.ts";
import { createBucketRates } from "./bucketRates.ts";
import { OFFENCES, SCORES } from "./offences.ts";
import type { Offence } from "./PeerGuard.ts";
import { TestPeers } from "./testing/TestPeers.ts";

const NETWORKS: readonly NetworkParameters[] = [main, devParameters({ accounts: [] })];
const FAST: NetworkParameters = {
  ...main,
  name: "fast",
  streams: main.streams.map((stream) => ({ ...stream, targetIntervalMs: 300 })),
};

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function poisson(random: () => number, mean: number): number {
  let count = 0;
  for (let product = random(); product > Math.exp(-mean); product *= random()) count++;
  return count;
}

describe("PEER-13: honest peer", () => {
  it.each([...NETWORKS, FAST].map((parameters) => [parameters.name, parameters] as const))(
    "on the network %s is never refused in hours, nor loses a point",
    (_, parameters) => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const random = randomOf(seed);
          const peers = new TestPeers({ parameters });
          const wire = createWire(parameters);
          peers.connect("a");
          const rate = parameters.streams.reduce((sum, stream) => sum + 1_000 / stream.targetIntervalMs, 0);
          const spend = (bucket: string, tokens: number, count: number): void => {
            for (let one = 0; one < count; one++) expect(peers.manager.spend("a", bucket, tokens)).toBe(true);
          };
          const { blocks, transactions } = wire.topics;
          const block = frame(new Uint8Array(parameters.bodyBytesMax + HEADER_LIMITS.bytesMax));
          const blockTokens = blocks.cost(block);
          const transferTokens = transactions.cost(new Uint8Array(150));
          let gathered = 0;
          let silentS = 0;
          for (let second = 0; second < 3_600; second++) {
            const hasCaughtUp = silentS === 0 && gathered === 0;
            if (hasCaughtUp && random() < 1 / 300) silentS = Math.floor(random() * 30);
            gathered += poisson(random, rate);
            if (silentS > 0) silentS--;
            else {
              spend("blocks", blockTokens, gathered);
              const missing = Number(parameters.gasLimit) / 21_000;
              spend("transactions", transferTokens * Math.floor(missing), gathered);
              const indexes = Array.from({ length: Math.floor(missing) }, (__, index) => index);
              spend(
                "block-transactions",
                wire.protocols.blockTransactions.cost({ block: "0x", indexes }),
                gathered,
              );
              gathered = 0;
            }
            if (random() < 1 / 2) spend("hello", 1, 1);
            if (random() < 1 / 10) spend("pooled", wire.protocols.pooled.cost({ countMax: 4_096 }), 1);
            peers.time.advance(1_000);
          }
          expect(peers.manager.score("a")).toBe(0);
          expect(peers.dropped).toEqual([]);
        }),
        { numRuns: 2 },
      );
    },
  );

  it("that catches up at the maximum import rate is never refused", () => {
    const peers = new TestPeers();
    const { headers, past, bodies, blocks, stateRange, codes } = createWire(main).protocols;
    const locator = ["0x"] as const;
    for (let second = 0; second < 600; second++) {
      const spend = (bucket: string, tokens: number, count: number): void => {
        for (let one = 0; one < count; one++) expect(peers.manager.spend("a", bucket, tokens)).toBe(true);
      };
      if (second === 0) spend("past", past.cost({ checkpoint: "0x", after: undefined, countMax: 512 }), 100);
      spend("headers", headers.cost({ locator, countMax: 512 }), 4);
      spend("bodies", bodies.cost({ hashes: new Array(128).fill("0x") }), 15);
      spend("hello", 1, 63);
      spend("blocks", blocks.cost({ hashes: new Array(32).fill("0x") }), 31);
      const range = { block: "0x", owner: undefined, from: "0x", bytesMax: 512 * 1_024 } as const;
      spend("state-range", stateRange.cost(range), 60);
      spend("codes", codes.cost({ hashes: new Array(64).fill("0x") }), 15);
      peers.time.advance(1_000);
    }
    expect(peers.manager.score("a")).toBe(0);
  });

  it("at exactly the table's rates and bursts is never refused, for any distribution", () => {
    const rates = [...createBucketRates(main)];
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 60_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...rates), fc.array(step, { maxLength: 100 }), ([bucket, rate], steps) => {
        const peers = new TestPeers();
        let own: number = rate.burst;
        for (const { waitMs, share } of steps) {
          peers.time.advance(waitMs);
          own = Math.min(rate.burst, own + (rate.perSecond * waitMs) / 1_000);
          const tokens = Math.floor(own * share * (1 - 1e-9));
          own -= tokens;
          expect(peers.manager.spend("a", bucket, tokens)).toBe(true);
        }
        expect(peers.manager.score("a")).toBe(0);
      }),
    );
  });
});

describe("PEER-12: any flood", () => {
  it("receives at most burst + rate × time, also over reconnections, and ends in a ban", () => {
    const rates = [...createBucketRates(main)];
    const attack = fc.array(
      fc.record({ waitMs: fc.nat(3_000), share: fc.double({ min: 0.1, max: 2, noNaN: true }) }),
      {
        minLength: 200,
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(fc.constantFrom(...rates), attack, ([bucket, rate], steps) => {
        const peers = new TestPeers();
        const startMs = peers.time.nowMs();
        let served = 0;
        for (const { waitMs, share } of steps) {
          peers.time.advance(waitMs);
          if (peers.connect("a") === "peer banned") return;
          for (let count = 0; count < 4; count++) {
            const tokens = Math.max(1, Math.floor(rate.burst * share));
            if (peers.manager.spend("a", bucket, tokens)) served += tokens;
          }
          const elapsedS = (peers.time.nowMs() - startMs) / 1_000;
          expect(served).toBeLessThanOrEqual(rate.burst + rate.perSecond * elapsedS + 1);
          peers.disconnect("a");
        }
        expect(peers.manager.score("a")).toBeLessThanOrEqual(SCORES.graylist);
      }),
      { numRuns: 60 },
    );
  });
});

describe("PEER-4: persistent offender", () => {
  const bannedAfterMs = (waitMs: () => number, act: (peers: TestPeers) => void): number => {
    const peers = new TestPeers();
    peers.withAnswering();
    const startMs = peers.time.nowMs();
    let nextMs = startMs;
    while (!peers.manager.isBanned("a") && peers.time.nowMs() - startMs < 4 * 3_600_000) {
      peers.manager.credit("answering");
      if (!peers.open.has("a") && peers.time.nowMs() >= nextMs) {
        peers.connect("a");
        nextMs = peers.time.nowMs() + 2_000;
      }
      if (peers.open.has("a")) act(peers);
      peers.time.advance(waitMs());
    }
    return peers.time.nowMs() - startMs;
  };

  it.each(Object.keys(OFFENCES) as Offence[])("with %s ends in a ban", (offence) => {
    const pauseMs = (OFFENCES[offence].points / 100) * 240_000;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomOf(seed);
        const tookMs = bannedAfterMs(
          () => 30_000 + random() * pauseMs,
          ({ manager }) => manager.report("a", offence),
        );
        expect(tookMs).toBeLessThan(2 * 3_600_000);
      }),
      { numRuns: 20 },
    );
  });

  it.each([...createBucketRates(main)])("with a flood of %s ends in a ban", (bucket, { perSecond }) => {
    const tookMs = bannedAfterMs(
      () => 100,
      ({ manager }) => manager.spend("a", bucket, perSecond / 2),
    );
    expect(tookMs).toBeLessThan(30 * 60_000);
  });
});
