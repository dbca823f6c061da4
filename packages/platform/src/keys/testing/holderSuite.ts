import { inspect } from "node:util";
import { keccak256 } from "@trellis/crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ALGORITHMS, DIGEST_SIZES, signatureToBytes } from "../algorithms.ts";
import type { KeyDescription, KeyHolder, SigningAlgorithm } from "../KeyHolder.ts";
import { PUBLIC_KEY_SIZES } from "../publicKeys.ts";
import { bytesToSignature, signKeccak } from "../signatures.ts";

export interface OpenedHolder {
  readonly holder: KeyHolder;
  /** Texts that must not appear in any output. */
  readonly secrets: readonly string[];
  readonly publicKeys?: Readonly<Record<string, Uint8Array>>;
  readonly cut?: () => Promise<void> | void;
  readonly mend?: () => Promise<void> | void;
  readonly lie?: () => void;
  close?(): Promise<void>;
}

export interface HolderSuiteOptions {
  readonly ids: readonly string[];
  readonly runs?: number;
}

const payloadOf = ({ algorithm }: KeyDescription, bytes: Uint8Array): Uint8Array =>
  DIGEST_SIZES[algorithm] === undefined ? bytes : keccak256(bytes);
const refusal = (code: string, reason?: string) =>
  expect.objectContaining({
    code,
    ...(reason !== undefined && { facts: expect.objectContaining({ reason }) }),
  });

export function holderSuite(
  name: string,
  open: () => Promise<OpenedHolder>,
  { ids, runs = 10 }: HolderSuiteOptions,
): void {
  describe(`key holder: ${name}`, () => {
    let opened: OpenedHolder;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.holder.close();
      await opened.close?.();
    });

    const keysOf = async (): Promise<readonly KeyDescription[]> => {
      const listed = await opened.holder.list();
      return ids.map((id) => {
        const key = listed.find((other) => other.id === id);
        expect(key, id).toBeDefined();
        return key!;
      });
    };
    const publicKeyOf = ({ id, publicKey }: KeyDescription): Uint8Array =>
      publicKey ?? opened.publicKeys![id]!;
    const isSignedBy = (key: KeyDescription, payload: Uint8Array, signature: Uint8Array): boolean =>
      ALGORITHMS[key.algorithm as SigningAlgorithm].verify(payload, signature, publicKeyOf(key));
    const sign = (key: KeyDescription, payload: Uint8Array): Promise<Uint8Array> =>
      DIGEST_SIZES[key.algorithm] !== undefined && opened.holder.signMessage !== undefined
        ? opened.holder.signMessage(key.id, payload)
        : opened.holder.sign(key.id, payload);
    const signedOf = (payload: Uint8Array): Uint8Array =>
      opened.holder.signMessage === undefined ? payload : keccak256(payload);

    it("KEY-1: describes keys without secrets", async () => {
      const keys = await keysOf();
      for (const { algorithm, publicKey, holder, location } of keys) {
        if (publicKey !== undefined && algorithm !== "aes-256-gcm")
          expect(publicKey).toHaveLength(PUBLIC_KEY_SIZES[algorithm]);
        expect(holder).toBe(opened.holder.name);
        expect(location).not.toBe("");
      }
      expect(new Set(keys.map(({ id }) => id)).size).toBe(keys.length);
      const first = keys[0]!;
      await sign(first, payloadOf(first, new Uint8Array(3)));
      const shown = `${JSON.stringify(keys)}${inspect([keys, opened.holder], { depth: 9, showHidden: true })}`;
      for (const secret of opened.secrets) expect(shown).not.toContain(secret);
    });

    it("KEY-2: signatures verify under the described key; those of secp256k1 recover to it with low s", async () => {
      for (const key of await keysOf()) {
        await fc.assert(
          fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), async (bytes) => {
            const payload = payloadOf(key, bytes);
            const signature = await sign(key, payload);
            const signed = signedOf(payload);
            expect(isSignedBy(key, signed, signature), key.id).toBe(true);
            if (key.algorithm !== "secp256k1") return;
            expect(signature).toHaveLength(65);
            const { s } = bytesToSignature(signature);
            expect(s <= 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n).toBe(true);
          }),
          { numRuns: runs },
        );
      }
    });

    it("KEY-2: signs the Keccak-256 of a message", async () => {
      const key = (await keysOf()).find(({ algorithm }) => algorithm === "secp256k1");
      if (key === undefined) return;
      const message = new TextEncoder().encode("a transaction");
      const signature = signatureToBytes(await signKeccak(opened.holder, key.id, message));
      expect(isSignedBy(key, keccak256(message), signature)).toBe(true);
    });

    it("KEY-2: concurrent signatures do not mix", async () => {
      const keys = await keysOf();
      const jobs = Array.from({ length: 24 }, (_, index) => ({
        key: keys[index % keys.length]!,
        bytes: Uint8Array.of(index, 7),
      }));
      await Promise.all(
        jobs.map(async ({ key, bytes }) => {
          const payload = payloadOf(key, bytes);
          const signature = await sign(key, payload);
          const signed = signedOf(payload);
          expect(isSignedBy(key, signed, signature)).toBe(true);
        }),
      );
    });

    it("SIGNER_SETUP_INVALID: an unknown key", async () => {
      const unknown = opened.holder.sign("no-such-key", new Uint8Array(32));
      await expect(unknown).rejects.toEqual(refusal("SIGNER_SETUP_INVALID"));
    });

    it("ARGUMENT_INVALID: a digest of another length", async () => {
      for (const key of await keysOf()) {
        if (DIGEST_SIZES[key.algorithm] === undefined) continue;
        for (const length of [0, 31, 33])
          await expect(opened.holder.sign(key.id, new Uint8Array(length))).rejects.toEqual(
            refusal("ARGUMENT_INVALID"),
          );
      }
    });

    it("signs nothing for a caller that has given up", async () => {
      const [key] = await keysOf();
      const signal = AbortSignal.abort(new Error("given up"));
      await expect(opened.holder.sign(key!.id, payloadOf(key!, new Uint8Array(2)), signal)).rejects.toThrow(
        "given up",
      );
    });

    it("SIGNER_UNREACHABLE: closed, twice", async () => {
      const [key] = await keysOf();
      await opened.holder.close();
      await opened.holder.close();
      const closed = refusal("SIGNER_UNREACHABLE", "closed");
      await expect(opened.holder.list()).rejects.toEqual(closed);
      await expect(sign(key!, payloadOf(key!, new Uint8Array(2)))).rejects.toEqual(closed);
    });

    it("SIGNER_UNREACHABLE: the service or device disappears, and comes back", async () => {
      const { cut, mend } = opened;
      if (cut === undefined) return;
      const [key] = await keysOf();
      const payload = payloadOf(key!, new Uint8Array(2));
      await cut();
      const failure = await sign(key!, payload).catch((error: unknown) => error);
      expect(failure).toEqual(refusal("SIGNER_UNREACHABLE"));
      for (const secret of opened.secrets)
        expect(`${JSON.stringify(failure)}${inspect(failure, { depth: 9 })}`).not.toContain(secret);
      if (mend === undefined) return;
      await mend();
      expect(await sign(key!, payload)).toBeInstanceOf(Uint8Array);
    });

    it("SIGNER_SETUP_INVALID: releases no signature of another payload or key", async () => {
      if (opened.lie === undefined) return;
      const [key] = await keysOf();
      opened.lie();
      await expect(sign(key!, payloadOf(key!, new Uint8Array(2)))).rejects.toEqual(
        refusal("SIGNER_SETUP_INVALID", "signature does not match the key"),
      );
    });
  });
}
