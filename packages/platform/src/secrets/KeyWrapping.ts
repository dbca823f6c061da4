import { createCipheriv, createDecipheriv, scrypt } from "node:crypto";
import type { Random } from "@trellis/base";
import { cryptoErrors } from "@trellis/crypto";
import { z } from "zod";
import type { VaultTransit } from "../keyServices/createVaultTransit.ts";
import type { AwsKms } from "../keyServices/openAwsKms.ts";
import { secretsErrors } from "./errors.ts";

/** Contains no secrets. */
export type WrappedKey = z.output<typeof wrappedKey>;

/** Encrypts a 32-byte file key. */
export interface KeyWrapping {
  wrap(key: Uint8Array): Promise<WrappedKey>;
  /** @throws KEYSTORE_PASSWORD_WRONG, SECRET_UNREADABLE, SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID */
  unwrap(wrapped: WrappedKey): Promise<Uint8Array>;
}

/** Limits a hostile file to 1 GiB of memory. */
const COST_MAX = 2 ** 20;
const COST_USUAL = 2 ** 17;
const BLOCK_SIZE = 8;
const base64 = z.base64().max(4_096);

export const wrappedKey = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("passphrase"),
    /** scrypt's N, with r = 8 and p = 1 (RFC 7914). */
    cost: z
      .int()
      .min(2)
      .max(COST_MAX)
      .refine((cost) => Number.isInteger(Math.log2(cost))),
    salt: base64,
    nonce: base64,
    /** AES-256-GCM ciphertext, then the tag. */
    ciphertext: base64,
  }),
  z.object({
    kind: z.literal("vault"),
    mount: z.string().max(512),
    key: z.string().max(256),
    ciphertext: z.string().max(4_096),
  }),
  z.object({
    kind: z.literal("aws-kms"),
    key: z.string().max(2_048),
    ciphertext: base64,
  }),
]);

const TAG_SIZE = 16;
/** Separates wrapped keys from other data. */
const WRAPPING_CONTEXT: Uint8Array = new TextEncoder().encode("trellis-key-ring");

export function passphraseWrapping(
  passphrase: string,
  { random, cost = COST_USUAL }: { readonly random: Random; readonly cost?: number },
): KeyWrapping {
  return {
    async wrap(key) {
      const [salt, nonce] = [random.bytes(32), random.bytes(12)];
      const cipher = createCipheriv("aes-256-gcm", await derive(passphrase, salt, cost), nonce);
      cipher.setAAD(WRAPPING_CONTEXT);
      const ciphertext = Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()]);
      return { kind: "passphrase", cost, salt: text(salt), nonce: text(nonce), ciphertext: text(ciphertext) };
    },
    async unwrap(wrapped) {
      if (wrapped.kind !== "passphrase") throw wrappedOtherwise(wrapped.kind);
      const [salt, nonce, sealed] = [wrapped.salt, wrapped.nonce, wrapped.ciphertext].map(bytes);
      const derived = await derive(passphrase, salt!, wrapped.cost);
      try {
        const decipher = createDecipheriv("aes-256-gcm", derived, nonce!);
        decipher.setAAD(WRAPPING_CONTEXT);
        decipher.setAuthTag(sealed!.subarray(-TAG_SIZE));
        const key = Buffer.concat([decipher.update(sealed!.subarray(0, -TAG_SIZE)), decipher.final()]);
        return new Uint8Array(key);
      } catch (error) {
        throw cryptoErrors.KEYSTORE_PASSWORD_WRONG({ what: "passphrase of the service's keys" }, error);
      }
    },
  };
}

export function vaultWrapping(transit: VaultTransit, key: string): KeyWrapping {
  return {
    wrap: async (plain) => ({
      kind: "vault",
      mount: transit.mount,
      key,
      ciphertext: await transit.encrypt(key, plain, WRAPPING_CONTEXT),
    }),
    async unwrap(wrapped) {
      if (wrapped.kind !== "vault") throw wrappedOtherwise(wrapped.kind);
      return transit.decrypt(wrapped.key, wrapped.ciphertext, WRAPPING_CONTEXT);
    },
  };
}

/** @param key id, ARN or alias */
export function awsKmsWrapping({ sdk, ask }: Pick<AwsKms, "sdk" | "ask">, key: string): KeyWrapping {
  const EncryptionContext = { use: Buffer.from(WRAPPING_CONTEXT).toString() };
  return {
    async wrap(plain) {
      const input = { KeyId: key, Plaintext: plain, EncryptionContext };
      const { CiphertextBlob: blob = new Uint8Array() } = await ask(new sdk.EncryptCommand(input));
      return { kind: "aws-kms", key, ciphertext: text(blob) };
    },
    async unwrap(wrapped) {
      if (wrapped.kind !== "aws-kms") throw wrappedOtherwise(wrapped.kind);
      const input = { KeyId: wrapped.key, CiphertextBlob: bytes(wrapped.ciphertext), EncryptionContext };
      const { Plaintext: plain = new Uint8Array() } = await ask(new sdk.DecryptCommand(input));
      return new Uint8Array(plain);
    },
  };
}

function wrappedOtherwise(kind: string) {
  return secretsErrors.SECRET_UNREADABLE({ what: "service's keys", reason: `encrypted by ${kind}` });
}

function derive(passphrase: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  // scrypt needs 128 × r × N bytes (RFC 7914).
  const maxmem = 128 * BLOCK_SIZE * (cost + 4) + 2 ** 20;
  return new Promise((resolve, reject) => {
    const options = { N: cost, r: BLOCK_SIZE, p: 1, maxmem };
    scrypt(passphrase.normalize("NFKC"), salt, 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function text(given: Uint8Array): string {
  return Buffer.from(given).toString("base64");
}

function bytes(given: string): Buffer {
  return Buffer.from(given, "base64");
}
