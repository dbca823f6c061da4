import type { Address } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hashOf, type Publication, RegistryRunner, ZERO } from "../testing/RegistryRunner.ts";

const CUSTODIANS: readonly Address[] = [`0x${"a1".repeat(20)}`, `0x${"b2".repeat(20)}`];

const attempt = fc.record({
  custodian: fc.constantFrom(...CUSTODIANS),
  sequenceStep: fc.constantFrom(1, 1, 1, 0, 2, -1),
  follows: fc.constantFrom(true, true, true, false),
  recordHash: fc.integer({ min: 0, max: 50 }),
  logStep: fc.constantFrom(1, 3, 1_000_000, 0, -1),
});

it("ANCHOR-1 to ANCHOR-4: published records form an append-only chain, for any calls", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { maxLength: 25 }), async (attempts) => {
      const registry = new RegistryRunner();
      await registry.deploy();
      const model = new Map<Address, Publication[]>(CUSTODIANS.map((custodian) => [custodian, []]));
      for (const { custodian, sequenceStep, follows, recordHash, logStep } of attempts) {
        const published = model.get(custodian)!;
        const last = published.at(-1);
        const publication: Publication = {
          sequence: BigInt(Math.max(0, published.length + sequenceStep)),
          previousRecordHash: follows ? (last?.recordHash ?? ZERO) : hashOf(999),
          recordHash: hashOf(recordHash),
          totalsHash: hashOf(recordHash + 100),
          logSize: BigInt(Math.max(0, Number(last?.logSize ?? 0n) + logStep)),
          logRoot: hashOf(recordHash + 200),
        };
        const isNext = sequenceStep === 1 && follows && recordHash !== 0 && logStep > 0;
        const { status } = await registry.publish(custodian, publication);
        expect(status === 1).toBe(isNext);
        if (isNext) published.push(publication);
      }
      for (const [custodian, published] of model) {
        expect(registry.latestSequence(custodian)).toBe(BigInt(published.length));
        for (const { sequence, recordHash, totalsHash, logSize, logRoot } of published) {
          expect(registry.anchorOf(custodian, sequence)).toMatchObject({
            recordHash,
            totalsHash,
            logSize,
            logRoot,
          });
        }
        expect(registry.anchorOf(custodian, BigInt(published.length + 1))).toMatch(/^RecordUnknown/);
      }
    }),
    { numRuns: 30 },
  );
});
