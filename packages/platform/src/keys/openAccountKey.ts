import { bytesToHex, type Hex } from "@trellis/base";
import { publicKeyToAddress, type Signature } from "@trellis/crypto";
import { signerErrors } from "../keyServices/errors.ts";
import type { KeyHolder } from "./KeyHolder.ts";
import { signKeccak } from "./signatures.ts";

export interface AccountKey {
  readonly address: Hex;
  readonly holder: string;
  /** Signs the Keccak-256. @throws the errors of KeyHolder.sign */
  sign(payload: Uint8Array): Promise<Signature>;
}

/** @param id name or address @throws SIGNER_UNREACHABLE; SIGNER_SETUP_INVALID without this secp256k1 key */
export async function openAccountKey(holder: KeyHolder, id: string): Promise<AccountKey> {
  const key = (await holder.list()).find((known) => known.id === id);
  const unusable = (reason: string) =>
    signerErrors.SIGNER_SETUP_INVALID({ holder: holder.name, id: id.slice(0, 200), reason });
  if (key === undefined) throw unusable("it does not have this key");
  if (key.algorithm !== "secp256k1") throw unusable(`a key of ${key.algorithm} has no address`);
  // A keystore's id is the key's address.
  const address = key.publicKey === undefined ? (id as Hex) : bytesToHex(publicKeyToAddress(key.publicKey));
  return {
    address,
    holder: `${key.holder} ${key.location}`,
    sign: (payload) => signKeccak(holder, id, payload),
  };
}
