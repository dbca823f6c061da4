import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import {
  type AccountAlgorithm,
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeyId,
} from "@trellis/crypto/account";
import fc from "fast-check";
import { hashMessage, verifyMessage } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import { signAccountHash, verifySignedHash } from "./index.ts";

const hash = hashMessage("hello");
const secret = new Uint8Array(32).fill(3);
const keyOf = (algorithm: AccountAlgorithm) => accountKeyFromSecret(algorithm, secret);
const OTHER = `0x${"77".repeat(20)}` as const;

describe.each(["ml-dsa-44", "ml-dsa-65", "secp256k1"] as const)("signature with %s [TX-14]", (algorithm) => {
  const key = keyOf(algorithm);
  const keyId = accountKeyId(key);
  const own = accountKeyAddress(key);

  it("is valid for the key's own account until a rotation, and for accounts that rotated to it", async () => {
    const mine = await signAccountHash(hash, own, key);
    const rotated = await signAccountHash(hash, OTHER, key);
    const verify = (signature: Hex, account: Hex, registeredKeyId?: Hex, of = hash) =>
      verifySignedHash({ hash: of, signature, account, registeredKeyId });
    expect(verify(mine, own)).toBe(true);
    expect(verify(mine, own, keyId)).toBe(true);
    expect(verify(rotated, OTHER, keyId)).toBe(true);
    expect(verify(rotated, OTHER)).toBe(false);
    expect(verify(mine, own, `0x${"12".repeat(32)}`)).toBe(false);
    expect(verify(mine, own, undefined, hashMessage("hello!"))).toBe(false);
  });

  it("no changed signature is valid, and none throws", async () => {
    const signature = hexToBytes(await signAccountHash(hash, OTHER, key));
    const verify = (changed: Uint8Array): boolean =>
      verifySignedHash({ hash, signature: bytesToHex(changed), account: OTHER, registeredKeyId: keyId });
    expect(verify(signature)).toBe(true);
    fc.assert(
      fc.property(fc.nat(signature.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = signature.slice();
        changed[at]! ^= change;
        expect(verify(changed)).toBe(false);
        expect(verify(signature.subarray(0, at))).toBe(false);
      }),
      { numRuns: 100 },
    );
    expect(verify(Uint8Array.of(...signature, 0))).toBe(false);
  });
});

it("of an Ethereum account is Ethereum's", async () => {
  const account = privateKeyToAccount(bytesToHex(secret));
  const address = account.address.toLowerCase() as Hex;
  const signature = await signAccountHash(hash, address, keyOf("secp256k1"));
  expect(signature).toBe(await account.signMessage({ message: "hello" }));
  expect(await verifyMessage({ address, message: "hello", signature })).toBe(true);
});

it("any bytes are a signature or not", () => {
  const shaped = fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.of(0x50, ...bytes));
  fc.assert(
    fc.property(
      fc.oneof(shaped, fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 65, maxLength: 65 })),
      (bytes) => {
        expect(
          verifySignedHash({
            hash,
            signature: bytesToHex(bytes),
            account: OTHER,
            registeredKeyId: undefined,
          }),
        ).toBe(false);
      },
    ),
    { numRuns: 2_000 },
  );
  const malformed = ["0x5", "", "50", `0x50${"00".repeat(6_000)}`] as Hex[];
  for (const signature of malformed)
    expect(verifySignedHash({ hash, signature, account: OTHER, registeredKeyId: undefined })).toBe(false);
});
