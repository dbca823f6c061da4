import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";
import { createWorkVerifier, type WorkVerifier, type WorkVerifierOptions } from "./createWorkVerifier.ts";
import { verifyWork } from "./verifyWork.ts";
import type { Work } from "./Work.ts";

const ALGORITHMS: readonly PowParameters[] = [
  { algorithm: "memory", memoryKiB: 8, passes: 1 },
  { algorithm: "memory", memoryKiB: 16, passes: 3 },
  { algorithm: "heavy", memoryKiB: 0, passes: 0 },
  { algorithm: "blake3", memoryKiB: 0, passes: 0 },
];
const works: fc.Arbitrary<Work> = fc.record({
  parameters: fc.constantFrom(...ALGORITHMS),
  sealRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((root) => root.some((byte) => byte !== 0)),
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  target: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
});
const verdictOf = ({ parameters, sealRoot, nonce, target }: Work): boolean =>
  verifyWork(createPowAlgorithm(parameters), sealRoot, nonce, target);
const someWork: Work = {
  parameters: ALGORITHMS[2]!,
  sealRoot: new Uint8Array(32).fill(6),
  nonce: 1n,
  target: 2n ** 255n,
};

describe("createWorkVerifier", () => {
  let verifier: WorkVerifier;
  const open = (options: WorkVerifierOptions) => {
    verifier = createWorkVerifier(options);
    return verifier;
  };
  afterEach(() => verifier.close());

  it.each([0, 1, 2])("agrees with one thread with %i workers", async (workers) => {
    open({ workers });
    await fc.assert(
      fc.asyncProperty(fc.array(works, { maxLength: 60 }), async (batch) => {
        expect(await verifier.verifyAll(batch)).toEqual(batch.map(verdictOf));
      }),
      { numRuns: 15 },
    );
  });

  it.each([0, 1])("requires exactly the target with %i workers", async (workers) => {
    open({ workers });
    for (const parameters of ALGORITHMS) {
      const value = createPowAlgorithm(parameters).hash(someWork.sealRoot, 9n);
      const work = { ...someWork, parameters, nonce: 9n };
      expect(await verifier.verify({ ...work, target: value })).toBe(true);
      expect(await verifier.verify({ ...work, target: value - 1n })).toBe(false);
      expect(await verifier.hash(work)).toBe(value);
    }
  });

  it.each([
    ["short seal root", "a seal root has 32 bytes that are not all zero", { sealRoot: new Uint8Array(31) }],
    [
      "seal root of zeros",
      "a seal root has 32 bytes that are not all zero",
      { sealRoot: new Uint8Array(32) },
    ],
    ["nonce 2^64", "a nonce is a uint64", { nonce: 2n ** 64n }],
    ["nonce -1", "a nonce is a uint64", { nonce: -1n }],
    ["target 2^256", "a target is a uint256", { target: 2n ** 256n }],
    ["target -1", "a target is a uint256", { target: -1n }],
  ])("ARGUMENT_INVALID: %s", async (_, rule, part) => {
    open({ workers: 1 });
    await expect(verifier.verify({ ...someWork, ...part })).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      facts: { rule },
    });
  });

  it("PARAMETERS_INVALID, proof of work", async () => {
    open({ workers: 1 });
    const parameters = { algorithm: "memory", memoryKiB: 0, passes: 0 } as const;
    await expect(verifier.verify({ ...someWork, parameters })).rejects.toMatchObject({
      code: "PARAMETERS_INVALID",
      facts: { field: "proof of work" },
    });
  });

  it("WORKER_UNAVAILABLE, queue full", async () => {
    open({ workers: 1, queuedMax: 2 });
    const outcomes = await Promise.allSettled(
      [1n, 2n, 3n].map((nonce) => verifier.verify({ ...someWork, nonce })),
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(outcomes[2]).toMatchObject({
      reason: { code: "WORKER_UNAVAILABLE", facts: { reason: "queue full" } },
    });
  });

  it("WORKER_UNAVAILABLE, pool closed after answering accepted requests", async () => {
    open({ workers: 1 });
    const taken = verifier.verifyAll(
      Array.from({ length: 40 }, (_, nonce) => ({ ...someWork, nonce: BigInt(nonce) })),
    );
    const closed = verifier.close();
    await expect(verifier.verify(someWork)).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "pool closed" },
    });
    await closed;
    expect(await taken).toHaveLength(40);
  });
});
