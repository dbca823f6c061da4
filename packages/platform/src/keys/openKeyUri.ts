import { createVaultTransit, type VaultTransit } from "../keyServices/createVaultTransit.ts";
import { signerErrors } from "../keyServices/errors.ts";
import { type AwsKms, openAwsKms } from "../keyServices/openAwsKms.ts";
import { openKeyServiceHttp } from "../keyServices/openKeyServiceHttp.ts";
import {
  awsKmsWrapping,
  type KeyWrapping,
  passphraseWrapping,
  vaultWrapping,
} from "../secrets/KeyWrapping.ts";
import { readSecret, type SecretIo } from "../secrets/readSecret.ts";
import { vaultAccess } from "../secrets/secretSources.ts";
import { openAwsKmsHolder } from "./holders/openAwsKmsHolder.ts";
import { openKeystoreHolder } from "./holders/openKeystoreHolder.ts";
import { openPkcs11Holder } from "./holders/openPkcs11Holder.ts";
import { openVaultHolder } from "./holders/openVaultHolder.ts";
import { openWeb3SignerHolder } from "./holders/openWeb3SignerHolder.ts";
import type { KeyHolder, KeyPurpose } from "./KeyHolder.ts";
import { KEY_URI_FORMS, parseKeyUri } from "./KeyUri.ts";

const TIMEOUT_MS = 10_000;

export interface OpenedKey {
  readonly holder: KeyHolder;
  /** Empty: all keys of the holder. */
  readonly id: string;
}

/** @param uri see KEY_URI_FORMS @throws SIGNER_SETUP_INVALID, SECRET_UNREADABLE, SECRET_STORE_UNREACHABLE */
export async function openKeyUri(uri: string, purpose: KeyPurpose, io: SecretIo): Promise<OpenedKey> {
  const place = parseKeyUri(uri);
  if (place === undefined) throw signerErrors.SIGNER_SETUP_INVALID({ reason: `not ${KEY_URI_FORMS}` });
  const { key: id } = place;
  const http = openKeyServiceHttp(TIMEOUT_MS);
  if (place.kind === "pkcs11") {
    const pin = (await readSecret(place.pinFrom, "PIN of the token", io)).trim();
    return { holder: await openPkcs11Holder({ ...place, pin, purpose }), id };
  }
  if (place.kind === "vault") {
    const keys = id === "" ? {} : { [id]: purpose };
    return { holder: openVaultHolder(await openTransit(place.mount, io), { keys, purpose }), id };
  }
  if (place.kind === "aws-kms") {
    const kms = await openKms(place);
    const holder = openAwsKmsHolder(kms, { [id]: purpose });
    const close = async (): Promise<void> => {
      await holder.close();
      kms.close();
    };
    return { holder: { ...holder, close }, id };
  }
  if (place.kind === "web3signer")
    return { holder: openWeb3SignerHolder({ url: place.url, purpose }, http), id };
  const password = (file: string) => readSecret(place.passwordFrom, `Password of ${file}`, io);
  return { holder: openKeystoreHolder({ folder: place.folder }, { password }), id };
}

/**
 * Undefined if not configured. @param wrappingKey `hashivault://KEY` or `awskms:///KEY`
 * @throws the errors of openKeyUri
 */
export async function openWrapping(
  { passphraseFrom, wrappingKey }: { readonly passphraseFrom: string; readonly wrappingKey: string },
  random: Parameters<typeof passphraseWrapping>[1]["random"],
  io: SecretIo,
): Promise<KeyWrapping | undefined> {
  if (passphraseFrom !== "")
    return passphraseWrapping(await readSecret(passphraseFrom, "Passphrase of the keys", io), { random });
  if (wrappingKey === "") return undefined;
  const place = parseKeyUri(wrappingKey);
  if (place?.kind === "vault" && place.key !== "")
    return vaultWrapping(await openTransit(place.mount, io), place.key);
  if (place?.kind === "aws-kms") return awsKmsWrapping(await openKms(place), place.key);
  throw signerErrors.SIGNER_SETUP_INVALID({ reason: "not hashivault://KEY or awskms:///KEY" });
}

function openKms({ endpoint }: { readonly endpoint: string }): Promise<AwsKms> {
  return openAwsKms(endpoint === "" ? {} : { endpoint });
}

async function openTransit(mount: string, io: SecretIo): Promise<VaultTransit> {
  const { address, token, namespace } = await vaultAccess(io.environment);
  return createVaultTransit({ url: address, mount, token, namespace }, openKeyServiceHttp(TIMEOUT_MS));
}
