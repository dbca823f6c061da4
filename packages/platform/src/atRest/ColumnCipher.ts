import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Random } from "@trellis/base";
import { COLUMN_VERSION, keyId } from "../secrets/createEnvelope.ts";
import { secretsErrors } from "../secrets/errors.ts";

/** A value can be decrypted only for its row. [REST-1] */
export interface ColumnCipher {
  /** First bytes of values encrypted under the newest master key. */
  readonly prefix: Uint8Array;
  /** @param row identifies the row and its immutable fields */
  seal(row: string, plain: Uint8Array): Buffer;
  /** @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN */
  open(row: string, sealed: Uint8Array): Buffer;
}

const CIPHER = "aes-256-gcm";
const KEY_SIZE = 32;
const NONCE_SIZE = 12;
const TAG_SIZE = 16;
const PREFIX_SIZE = 9;
const HEAD_SIZE = PREFIX_SIZE + NONCE_SIZE;
/** Nonces per draw, which takes as long as encrypting a short value. */
const NONCES = 512;

interface ColumnKey {
  readonly prefix: Buffer;
  readonly key: Uint8Array;
}

/**
 * AES-256-GCM. Each column has one key per master key, for at most 2^32 random nonces (NIST SP 800-38D, 8.3).
 * A value is version ‖ master key id (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
 */
export class LiveColumnCipher implements ColumnCipher {
  readonly #column: string;
  readonly #masterKeys: () => readonly Uint8Array[];
  readonly #random: Random;
  #masters: readonly Uint8Array[] = [];
  #keys: readonly ColumnKey[] = [];
  #nonces: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(column: string, masterKeys: () => readonly Uint8Array[], random: Random) {
    this.#column = column;
    this.#masterKeys = masterKeys;
    this.#random = random;
  }

  get prefix(): Uint8Array {
    return this.#newest().prefix;
  }

  seal(row: string, plain: Uint8Array): Buffer {
    const { prefix, key } = this.#newest();
    const nonce = this.#nonce();
    const cipher = createCipheriv(CIPHER, key, nonce);
    cipher.setAAD(Buffer.from(row));
    return Buffer.concat([prefix, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  open(row: string, sealed: Uint8Array): Buffer {
    if (sealed.length < HEAD_SIZE + TAG_SIZE || sealed[0] !== COLUMN_VERSION)
      throw secretsErrors.ENVELOPE_BROKEN({ column: this.#column });
    const used = this.#current().find(({ prefix }) => prefix.equals(sealed.subarray(0, PREFIX_SIZE)));
    if (used === undefined) {
      const id = Buffer.from(sealed.subarray(1, PREFIX_SIZE)).toString("hex");
      throw secretsErrors.ENVELOPE_KEY_UNKNOWN({ keyId: id, column: this.#column });
    }
    const decipher = createDecipheriv(CIPHER, used.key, sealed.subarray(PREFIX_SIZE, HEAD_SIZE));
    decipher.setAAD(Buffer.from(row));
    decipher.setAuthTag(sealed.subarray(-TAG_SIZE));
    try {
      const plain = decipher.update(sealed.subarray(HEAD_SIZE, -TAG_SIZE));
      decipher.final();
      return plain;
    } catch {
      throw secretsErrors.ENVELOPE_BROKEN({ column: this.#column });
    }
  }

  #newest(): ColumnKey {
    return this.#current()[0] as ColumnKey;
  }

  #current(): readonly ColumnKey[] {
    const masters = this.#masterKeys();
    const isSame =
      masters.length === this.#masters.length && masters.every((key, n) => key === this.#masters[n]);
    if (isSame && masters.length > 0) return this.#keys;
    if (masters.length === 0)
      throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", what: "master key", count: 0 });
    this.#keys = masters.map((master) => ({
      prefix: Buffer.concat([Uint8Array.of(COLUMN_VERSION), keyId(master)]),
      key: new Uint8Array(hkdfSync("sha256", master, "", `trellis-column/${this.#column}`, KEY_SIZE)),
    }));
    this.#masters = [...masters];
    return this.#keys;
  }

  #nonce(): Uint8Array {
    if (this.#used >= this.#nonces.length) {
      this.#nonces = this.#random.bytes(NONCES * NONCE_SIZE);
      this.#used = 0;
    }
    this.#used += NONCE_SIZE;
    return this.#nonces.subarray(this.#used - NONCE_SIZE, this.#used);
  }
}
