import type { Hex } from "@trellis/base";
import {
  type AccountKey,
  type AccountKeyFile,
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeyId,
  readAccount,
} from "@trellis/client/account";
import { deriveKey } from "@trellis/crypto";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { findAccountFiles, type StoredKey } from "./accountFiles.ts";
import type { Connection } from "./connect.ts";
import type { AccountSettings } from "./settings.ts";

export interface OpenedKey {
  readonly file: string;
  readonly address: Hex;
  readonly key: AccountKey;
  readonly secret: Uint8Array;
}

/** If an address has several key files, the chain decides which one is valid. */
export async function openKey(
  { keystore, passwordFrom }: Pick<AccountSettings, "keystore" | "passwordFrom">,
  { subject, connection }: { readonly subject: string; readonly connection: () => Promise<Connection> },
  io: ProcessIo,
): Promise<OpenedKey> {
  const files = findAccountFiles(keystore, subject);
  const chosen = files.length === 1 ? files[0] : await validOf(files, await connection());
  return decryptKey(chosen, await readSecret(passwordFrom, `Password of ${chosen.file}`, io));
}

export async function decryptKey({ file, key: stored }: StoredKey, password: string): Promise<OpenedKey> {
  const secret = await stored.decrypt(password, deriveKey);
  const key = accountKeyFromSecret(stored.algorithm, secret);
  return { file, address: stored.address ?? accountKeyAddress(key), key, secret };
}

async function validOf(
  files: readonly [StoredKey, ...StoredKey[]],
  { client }: Connection,
): Promise<StoredKey> {
  const { registeredKeyId } = await readAccount(client, files[0].key.address!);
  const others = files.map(({ key }) => key);
  return (
    files.find(({ key }) => speaks(key, registeredKeyId, others) === true) ??
    files.find(({ key }) => speaks(key, registeredKeyId, others) === null) ??
    files[0]
  );
}

/** Null if only decryption can decide: Web3 files do not contain the public key. [TX-10] */
export function speaks(
  file: AccountKeyFile,
  registeredKeyId: Hex | undefined,
  others: readonly AccountKeyFile[],
): boolean | null {
  const { algorithm, publicKey, address } = file;
  if (publicKey === undefined) {
    if (registeredKeyId === undefined) return true;
    return others.some((other) => keyIdOf(other) === registeredKeyId) ? false : null;
  }
  if (registeredKeyId !== undefined) return keyIdOf(file) === registeredKeyId;
  return accountKeyAddress({ algorithm, publicKey }) === address;
}

export function keyIdOf({ algorithm, publicKey }: AccountKeyFile): Hex | undefined {
  return publicKey === undefined ? undefined : accountKeyId({ algorithm, publicKey });
}
