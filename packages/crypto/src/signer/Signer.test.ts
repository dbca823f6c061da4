import { inspect } from "node:util";
import { bytesToHex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { recoverAddress } from "../secp256k1/recover.ts";
import { createLocalSigner } from "./Signer.ts";

describe("createLocalSigner", () => {
  const privateKey = new Uint8Array(32).fill(0x11);
  const hash = new Uint8Array(32).fill(5);

  it("signs for its address, also after the caller has wiped the key", async () => {
    const given = privateKey.slice();
    const signer = createLocalSigner(given);
    given.fill(0);
    expect(recoverAddress(hash, await signer.signHash(hash))).toEqual(signer.address);
  });

  it("does not show its key", () => {
    const signer = createLocalSigner(privateKey);
    const shown = `${JSON.stringify(signer)}${inspect(signer, { depth: 9, showHidden: true })}`;
    expect(shown).not.toContain(bytesToHex(privateKey).slice(2));
    expect(shown).not.toMatch(/17,\s*17,\s*17/);
  });

  it("CRYPTO_KEY_INVALID, private key", () => {
    expect(() => createLocalSigner(new Uint8Array(32))).toThrow(
      expect.objectContaining({
        code: "CRYPTO_KEY_INVALID",
        facts: expect.objectContaining({ kind: "private key" }),
      }),
    );
  });

  it("ARGUMENT_INVALID: hash is not 32 bytes long", async () => {
    const signer = createLocalSigner(privateKey);
    await expect(signer.signHash(new Uint8Array(31))).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      facts: { rule: "a hash has 32 bytes" },
    });
  });
});
