import { bytesToHex, isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { keccak256 } from "../hashes/keccak256.ts";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { sign } from "../secp256k1/sign.ts";
import { SECP256K1_ORDER } from "../secp256k1/signature.ts";
import { createRecoveryPool, type RecoveryPool, type RecoveryPoolOptions } from "./createRecoveryPool.ts";
import type { RecoveryRequest } from "./packedRecovery.ts";

const privateKey = new Uint8Array(32).fill(7);
const signer = bytesToHex(privateKeyToAddress(privateKey));

function requests(count: number): RecoveryRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const hash = keccak256(Uint8Array.of(index & 255, index >> 8));
    const signature = sign(hash, privateKey);
    if (index % 5 !== 4) return { hash, signature };
    const { r, s } = signature;
    const bad = [
      { hash: hash.subarray(1), signature },
      { hash, signature: { ...signature, r: 5n } },
      { hash, signature: { ...signature, s: SECP256K1_ORDER - s } },
      { hash, signature: { ...signature, r: r << 8n } },
    ];
    return bad[((index - 4) / 5) % bad.length]!;
  });
}

const codes = [
  "ARGUMENT_INVALID: a hash has 32 bytes",
  "SIGNATURE_UNRECOVERABLE",
  "SIGNATURE_OUT_OF_RANGE: s is above half of the order",
  "SIGNATURE_OUT_OF_RANGE",
];
const expected = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => (index % 5 === 4 ? codes[((index - 4) / 5) % 4]! : signer));
const printable = (outcome: unknown): string =>
  isTrellisError(outcome)
    ? [outcome.code, outcome.facts.rule ?? outcome.facts.reason]
        .filter((part) => part !== undefined)
        .join(": ")
    : bytesToHex(outcome as Uint8Array);

describe("createRecoveryPool", () => {
  let pool: RecoveryPool;
  const open = (options: RecoveryPoolOptions) => {
    pool = createRecoveryPool(options);
    return pool;
  };
  afterEach(() => pool.close());

  it.each([0, 1, 2])("returns every signer or refusal in order with %i workers", async (workers) => {
    open({ workers });
    expect((await pool.recoverAll(requests(700))).map(printable)).toEqual(expected(700));
    expect(await pool.recoverAll([])).toEqual([]);
  });

  it("equals one thread for any grouping of requests", async () => {
    open({ workers: 2 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }), async (sizes) => {
        const groups = await Promise.all(sizes.map((size) => pool.recoverAll(requests(size))));
        expect(groups.map((group) => group.map(printable))).toEqual(sizes.map(expected));
      }),
      { numRuns: 30 },
    );
  });

  it("throws the refusal of a single request", async () => {
    open({ workers: 1 });
    const all = requests(20);
    expect(bytesToHex(await pool.recover(all[0]!))).toBe(signer);
    for (const [index, code] of codes.entries()) {
      const refused = await pool.recover(all[4 + 5 * index]!).catch((error: unknown) => error);
      expect(printable(refused)).toBe(code);
    }
  });

  it("WORKER_UNAVAILABLE, queue full accepts nothing of a group that is too large", async () => {
    open({ workers: 1, queuedMax: 10 });
    await expect(pool.recoverAll(requests(13))).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "queue full" },
    });
    expect(pool.queuedCount).toBe(0);
    expect(await pool.recoverAll(requests(10))).toHaveLength(10);
  });

  it("WORKER_UNAVAILABLE, pool closed after answering accepted requests", async () => {
    open({ workers: 1 });
    const taken = pool.recoverAll(requests(300));
    const closed = pool.close();
    await expect(pool.recover(requests(1)[0]!)).rejects.toMatchObject({
      code: "WORKER_UNAVAILABLE",
      facts: { reason: "pool closed" },
    });
    await closed;
    expect(await taken).toHaveLength(300);
  });
});
