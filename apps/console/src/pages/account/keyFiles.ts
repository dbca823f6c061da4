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

const FILE_BYTES_MAX = 65_536;

export interface OpenedKey {
  readonly name: string;
  readonly address: Address;
  readonly key: AccountKey;
}

type OnProgress = (progress: number) => void;

/** Outside a secure context WebCrypto is missing, and an attacker could change the page. */
export function isKeySafeHere(): boolean {
  return globalThis.isSecureContext && globalThis.crypto?.subtle !== undefined;
}

export async function openKeyFile(file: File, password: string, onProgress: OnProgress): Promise<OpenedKey> {
  const stored = parseAccountKeyFile(await file.slice(0, FILE_BYTES_MAX + 1).text());
  const secret = await stored.decrypt(password, deriveInBrowser(onProgress));
  const key = accountKeyFromSecret(stored.algorithm, secret);
  secret.fill(0);
  return { name: file.name, address: stored.address ?? accountKeyAddress(key), key };
}

/** `address` is the account for which the key will sign; default: the key's own account. */
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
