import { createCipheriv, createDecipheriv, createHash, hkdfSync } from "node:crypto";
import type { Random } from "@trellis/base";
import type { Envelope } from "./Envelope.ts";
import { secretsErrors } from "./errors.ts";

const CIPHER = "aes-256-gcm";
const KEY_SIZE = 32;
const ID_SIZE = 8;
const SALT_SIZE = 32;
const TAG_SIZE = 16;
const VERSION = 1;
/** First byte of encrypted columns. */
export const COLUMN_VERSION = 2;
const HEAD_SIZE = 1 + ID_SIZE + SALT_SIZE;
/** Each derived key encrypts only one text (NIST SP 800-38D, 8.2.1). */
const NONCE = new Uint8Array(12);

/** @param masterKeys 32 bytes each; the first key encrypts @throws SECRET_UNREADABLE */
export function createEnvelope(masterKeys: readonly Uint8Array[], random: Random): Envelope {
  const keys = masterKeys.map((key) => {
    if (key.length !== KEY_SIZE) {
      throw secretsErrors.SECRET_UNREADABLE({
        reason: "invalid private key",
        what: "master key",
        size: key.length,
        expected: KEY_SIZE,
      });
    }
    return { id: keyId(key), key: Uint8Array.from(key) };
  });
  const newest = keys[0];
  if (newest === undefined)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", what: "master key", count: 0 });

  const envelope: Envelope = {
    prefix: Uint8Array.of(VERSION, ...newest.id),
    seal(context, plain) {
      const head = Buffer.concat([Uint8Array.of(VERSION), newest.id, random.bytes(SALT_SIZE)]);
      const cipher = createCipheriv(CIPHER, derive(newest.key, head, context), NONCE);
      cipher.setAAD(Buffer.from(context));
      return new Uint8Array(Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
    },
    open(context, sealed) {
      if (sealed.length < HEAD_SIZE + TAG_SIZE || sealed[0] !== VERSION)
        throw secretsErrors.ENVELOPE_BROKEN();
      const head = Buffer.from(sealed.subarray(0, HEAD_SIZE));
      const id = head.subarray(1, 1 + ID_SIZE);
      const used = keys.find((known) => id.equals(known.id));
      if (used === undefined) throw secretsErrors.ENVELOPE_KEY_UNKNOWN({ keyId: id.toString("hex") });
      const decipher = createDecipheriv(CIPHER, derive(used.key, head, context), NONCE);
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(-TAG_SIZE));
      try {
        const plain = decipher.update(sealed.subarray(HEAD_SIZE, -TAG_SIZE));
        // GCM has no padding: the last call only checks the tag.
        decipher.final();
        return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
      } catch {
        throw secretsErrors.ENVELOPE_BROKEN();
      }
    },
    isCurrent: (sealed) => Buffer.from(sealed.subarray(1, 1 + ID_SIZE)).equals(newest.id),
    rotate: (context, sealed) => envelope.seal(context, envelope.open(context, sealed)),
  };
  return envelope;
}

export function masterKeyOf(sealed: Uint8Array): string | undefined {
  if (sealed.length < 1 + ID_SIZE || (sealed[0] !== VERSION && sealed[0] !== COLUMN_VERSION))
    return undefined;
  return Buffer.from(sealed.subarray(1, 1 + ID_SIZE)).toString("hex");
}

export function keyId(key: Uint8Array): Buffer {
  return createHash("sha256").update("trellis-master-key").update(key).digest().subarray(0, ID_SIZE);
}

function derive(key: Uint8Array, head: Uint8Array, context: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, head, `trellis-envelope/${context}`, KEY_SIZE));
}
