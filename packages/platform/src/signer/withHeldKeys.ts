import { keccak256, recoverPublicKey } from "@trellis/crypto";
import { signerErrors } from "../keyServices/errors.ts";
import type { KeyDescription, KeyHolder, KeyPurpose } from "../keys/KeyHolder.ts";
import { openKeyUri } from "../keys/openKeyUri.ts";
import { bytesToSignature } from "../keys/signatures.ts";
import type { SecretIo } from "../secrets/readSecret.ts";
import { type SignerKey, type SignerKeys, signerKeysOf } from "./SignerKey.ts";

export interface OpenedKeys extends SignerKeys {
  close(): Promise<void>;
}

interface HeldKey extends SignerKey {
  readonly holder: KeyHolder;
  readonly heldId: string;
}

/**
 * Keys never leave their holders. [SIGNER-8]
 * @param uris key URI by id @throws SIGNER_SETUP_INVALID, SIGNER_UNREACHABLE, and the errors of openKeyUri
 */
export async function withHeldKeys(
  stored: SignerKeys,
  uris: ReadonlyMap<string, string>,
  io: SecretIo,
): Promise<OpenedKeys> {
  const held = new Map<string, HeldKey>();
  const close = async (): Promise<void> => {
    await Promise.all([...held.values()].map(({ holder }) => holder.close()));
  };
  try {
    for (const [id, uri] of uris) held.set(id, await openHeld(id, uri, io));
    const keys = signerKeysOf([...stored.all, ...held.values()], (key, payload) => {
      const own = held.get(key.id);
      return own === undefined ? stored.sign(key, payload) : own.holder.sign(own.heldId, payload);
    });
    return { ...keys, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openHeld(id: string, uri: string, io: SecretIo): Promise<HeldKey> {
  const purpose = id.split("/")[0] as KeyPurpose;
  const { holder, id: heldId } = await openKeyUri(uri, purpose, io);
  try {
    const unusable = (reason: string) =>
      signerErrors.SIGNER_SETUP_INVALID({ holder: holder.name, id, reason });
    if (holder.signMessage !== undefined) throw unusable("it signs messages, not digests");
    const key = (await holder.list()).find((known) => known.id === heldId);
    if (key === undefined || key.algorithm === "aes-256-gcm") throw unusable("it does not have this key");
    return {
      id,
      purpose,
      algorithm: key.algorithm,
      publicKey: key.publicKey ?? (await recovered(holder, key)),
      createdMs: key.createdMs ?? 0,
      version: 1,
      holder,
      heldId,
    };
  } catch (error) {
    await holder.close();
    throw error;
  }
}

/** A keystore reveals the public key only with its password. */
async function recovered(holder: KeyHolder, { id }: KeyDescription): Promise<Uint8Array> {
  const digest = keccak256(new TextEncoder().encode("trellis-signer-public-key"));
  return recoverPublicKey(digest, bytesToSignature(await holder.sign(id, digest)));
}
