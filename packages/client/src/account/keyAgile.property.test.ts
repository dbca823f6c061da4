import { type Hex, hexToBytes } from "@trellis/base";
import { accountKeyFromSecret } from "@trellis/crypto/account";
import {
  decodeTransaction,
  intrinsicGas,
  KEY_ALGORITHMS,
  KEY_SCHEMES,
  keyId,
  messageIntrinsicGas,
  recoverSender,
  signKeyAgile as signByProtocol,
} from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountKeyId, signatureGas, signKeyAgile } from "./index.ts";

const hexOf = (size: { min: number; max: number }) =>
  fc.uint8Array({ minLength: size.min, maxLength: size.max }).map((bytes): Hex => `0x${bytes.toHex()}`);
const exact = (size: number) => hexOf({ min: size, max: size });
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const transactions = fc.record({
  chainId: fc.integer({ min: 1, max: 2 ** 40 }),
  nonce: fc.nat(),
  maxPriorityFeePerGas: uint256,
  maxFeePerGas: uint256,
  gasLimit: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  to: fc.option(exact(20)),
  valueWei: uint256,
  data: hexOf({ min: 0, max: 100 }),
  accessList: fc.array(
    fc.record({ address: exact(20), storageKeys: fc.array(exact(32), { maxLength: 2 }) }),
    {
      maxLength: 2,
    },
  ),
});
const secret = new Uint8Array(32).fill(3);

describe.each([
  ["ml-dsa-44", KEY_ALGORITHMS.mlDsa44, 60],
  ["ml-dsa-65", KEY_ALGORITHMS.mlDsa65, 40],
  ["secp256k1", KEY_ALGORITHMS.secp256k1, 300],
] as const)("type 0x50 with %s", (name, algorithm, numRuns) => {
  const key = accountKeyFromSecret(name, secret);

  it("is what the protocol decodes, verifies and encodes [TX-5] [TX-7]", async () => {
    await fc.assert(
      fc.asyncProperty(transactions, exact(20), async (transaction, from) => {
        const raw = await signKeyAgile(transaction, from, key);
        const decoded = decodeTransaction(hexToBytes(raw));
        expect(recoverSender(decoded)).toBe(from);
        const { valueWei, chainId, nonce, data, ...same } = transaction;
        expect(decoded).toMatchObject({
          ...same,
          type: 0x50,
          chainId: BigInt(chainId),
          nonce: BigInt(nonce),
          value: valueWei,
          data: hexToBytes(data),
        });
        const { encoded } = signByProtocol(decoded, { algorithm, secret, from });
        const size = encoded.length - KEY_SCHEMES[algorithm].signatureSize;
        expect(encoded.subarray(0, size)).toEqual(hexToBytes(raw).subarray(0, size));
      }),
      { numRuns },
    );
  });

  it("costs at most the gas that is added [TX-12]", async () => {
    await fc.assert(
      fc.asyncProperty(transactions, async (transaction) => {
        const decoded = decodeTransaction(
          hexToBytes(await signKeyAgile(transaction, `0x${"11".repeat(20)}`, key)),
        );
        const surcharge = intrinsicGas(decoded) - messageIntrinsicGas(decoded);
        expect(surcharge).toBeLessThanOrEqual(signatureGas(key));
        expect(surcharge).toBeGreaterThan((signatureGas(key) * 95n) / 100n);
      }),
      { numRuns: 20 },
    );
  });

  it("has the protocol's key id [TX-9]", () => {
    expect(accountKeyId(key)).toBe(keyId(algorithm, key.publicKey));
  });
});
