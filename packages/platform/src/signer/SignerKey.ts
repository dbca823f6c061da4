import { signerErrors } from "../keyServices/errors.ts";
import type { KeyPurpose, SigningAlgorithm } from "../keys/KeyHolder.ts";

export interface SignerKey {
  /** `PURPOSE/NAME`. */
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: Uint8Array;
  readonly createdMs: number;
  /** From 1. */
  readonly version: number;
}

export interface SignerKeys {
  readonly all: readonly SignerKey[];
  find(id: string): SignerKey | undefined;
  /** Raw; for secp256k1 also without the prefix 04. */
  findByPublicKey(publicKey: Uint8Array): SignerKey | undefined;
  /** As KeyHolder.sign. @throws ENVELOPE_BROKEN, and the errors of KeyHolder.sign */
  sign(key: SignerKey, payload: Uint8Array): Promise<Uint8Array>;
}

/** Requires unique ids and keys. @throws SIGNER_SETUP_INVALID */
export function signerKeysOf<Key extends SignerKey>(
  keys: readonly Key[],
  sign: (key: Key, payload: Uint8Array) => Promise<Uint8Array>,
): SignerKeys {
  const byId = new Map<string, Key>();
  const byPublicKey = new Map<string, Key>();
  for (const key of keys) {
    const name = Buffer.from(key.publicKey).toString("hex");
    if (byId.has(key.id))
      throw signerErrors.SIGNER_SETUP_INVALID({ reason: "two keys have the same id", id: key.id });
    // A key with two ids could evade its limits.
    if (byPublicKey.has(name))
      throw signerErrors.SIGNER_SETUP_INVALID({
        reason: "one key has two ids",
        ids: `${byPublicKey.get(name)!.id} ${key.id}`,
      });
    byId.set(key.id, key);
    byPublicKey.set(name, key);
  }
  return {
    all: keys,
    find: (id) => byId.get(id),
    findByPublicKey: (publicKey) => {
      const name = Buffer.from(publicKey).toString("hex");
      return byPublicKey.get(name) ?? byPublicKey.get(`04${name}`);
    },
    sign: ({ id }, payload) => sign(byId.get(id)!, payload),
  };
}
