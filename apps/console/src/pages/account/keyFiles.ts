import {
  type AccountAlgorithm,
  type AccountKey,
  accountKeyAddress,
  accountKeyFromSecret,
  accountKeystoreToJson,
  deriveInBrowser,
  encryptAccountKey,
  newAccountSecret,
  parseAccountKeyFile,
  systemRandom,
} from "@trellis/client/account";
import type { Address } from "viem";

/** Larger files are not read. */
const FILE_BYTES_MAX = 65_536;

export interface OpenedKey {
  readonly name: string;
  /** The account that the key signs for. */
  readonly address: Address;
  readonly key: AccountKey;
}

type OnProgress = (progress: number) => void;

/** Keys are handled only where the page cannot be changed on its way (WebCrypto's condition, too). */
export function isKeySafeHere(): boolean {
  return globalThis.isSecureContext && globalThis.crypto?.subtle !== undefined;
}

/** @throws KEYSTORE_INVALID, KEYSTORE_PASSWORD_WRONG, CRYPTO_KEY_INVALID */
export async function openKeyFile(file: File, password: string, onProgress: OnProgress): Promise<OpenedKey> {
  const stored = parseAccountKeyFile(await file.slice(0, FILE_BYTES_MAX + 1).text());
  const secret = await stored.decrypt(password, deriveInBrowser(onProgress));
  const key = accountKeyFromSecret(stored.algorithm, secret);
  secret.fill(0);
  return { name: file.name, address: stored.address ?? accountKeyAddress(key), key };
}

/** A new key, for its own account or for an existing one. */
export async function makeKeyFile(
  { algorithm, address }: { readonly algorithm: AccountAlgorithm; readonly address?: Address | undefined },
  password: string,
  onProgress: OnProgress,
): Promise<{ readonly name: string; readonly text: string }> {
  const secret = newAccountSecret(algorithm, systemRandom);
  const ports = { random: systemRandom, deriveKey: deriveInBrowser(onProgress) };
  const of = { algorithm, secret, ...(address === undefined ? {} : { address }) };
  const keystore = await encryptAccountKey(of, password, ports);
  secret.fill(0);
  const madeAt = new Date().toISOString().replaceAll(":", "-");
  const name = `UTC--${madeAt}--${keystore.address.slice(2)}--${algorithm}.json`;
  return { name, text: accountKeystoreToJson(keystore) };
}
