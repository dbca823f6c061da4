import { createCipheriv, createDecipheriv, scrypt } from "node:crypto";
import type { Random } from "@trellis/base";
import { z } from "zod";
import { secretsErrors } from "./errors.ts";

/** scrypt's cost (RFC 7914): 2^17 blocks of 8 × 128 bytes, 128 MiB and about half a second. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
/** What a file may demand: one written by somebody else must not take all memory. */
const MEMORY_MAX = 512 * 2 ** 20;
const KEY_SIZE = 32;
const TAG_SIZE = 16;

const base64 = z
  .base64()
  .min(4)
  .max(2 ** 20);
const sealedFile = z.strictObject({
  format: z.literal("trellis-secrets/1"),
  scrypt: z.strictObject({
    N: z
      .int()
      .min(2 ** 14)
      .max(2 ** 20),
    r: z.int().min(1).max(16),
    p: z.int().min(1).max(4),
    salt: base64,
  }),
  nonce: base64,
  ciphertext: base64,
});

/** Secrets by name as the text of an encrypted file: scrypt and AES-256-GCM. */
export async function sealSecrets(
  secrets: Readonly<Record<string, string>>,
  password: string,
  random: Random,
): Promise<string> {
  const salt = random.bytes(32);
  const nonce = random.bytes(12);
  const header = {
    format: "trellis-secrets/1",
    scrypt: { ...COST, salt: toBase64(salt) },
    nonce: toBase64(nonce),
  };
  const cipher = createCipheriv("aes-256-gcm", await derive(password, salt, COST), nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(header)));
  const sealed = Buffer.concat([
    cipher.update(JSON.stringify(secrets), "utf8"),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return `${JSON.stringify({ ...header, ciphertext: toBase64(sealed) }, undefined, 2)}\n`;
}

/**
 * Reads what {@link sealSecrets} wrote.
 * @throws SECRET_FILE_UNREADABLE
 */
export async function openSecrets(text: string, password: string): Promise<ReadonlyMap<string, string>> {
  const file = parse(text);
  const { ciphertext, ...header } = file;
  const { salt, ...cost } = header.scrypt;
  if (128 * cost.N * cost.r > MEMORY_MAX) throw secretsErrors.SECRET_FILE_UNREADABLE({ what: "cost" });
  try {
    const key = await derive(password, fromBase64(salt), cost);
    const sealed = fromBase64(ciphertext);
    const decipher = createDecipheriv("aes-256-gcm", key, fromBase64(header.nonce), {
      authTagLength: TAG_SIZE,
    });
    decipher.setAAD(Buffer.from(JSON.stringify(header)));
    decipher.setAuthTag(sealed.subarray(-TAG_SIZE));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_SIZE)), decipher.final()]);
    return new Map(
      Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(plain.toString("utf8")))),
    );
  } catch {
    // Neither the cause nor its message may tell anything of the content.
    throw secretsErrors.SECRET_FILE_UNREADABLE({ what: "content" });
  }
}

function parse(text: string): z.infer<typeof sealedFile> {
  try {
    return sealedFile.parse(JSON.parse(text));
  } catch {
    throw secretsErrors.SECRET_FILE_UNREADABLE({ what: "format" });
  }
}

function derive(password: string, salt: Uint8Array, { N, r, p }: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, KEY_SIZE, { N, r, p, maxmem: 2 * MEMORY_MAX }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const fromBase64 = (text: string): Buffer => Buffer.from(text, "base64");
