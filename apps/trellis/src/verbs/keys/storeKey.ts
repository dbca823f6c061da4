import type { Clock, Random } from "@trellis/base";
import { accountsFromMnemonic, checkPrivateKey, encryptKeystore } from "@trellis/crypto";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { trellisErrors } from "../../errors.ts";
import { writeKeyFile } from "./keyFiles.ts";
import type { KeysSettings } from "./settings.ts";

export interface StoredKey {
  /** 20 bytes. */
  readonly address: Uint8Array;
  readonly file: string;
}

interface StorePorts {
  readonly random: Random;
  readonly clock: Clock;
  readonly io: ProcessIo;
}

export async function newKey(settings: KeysSettings, ports: StorePorts): Promise<StoredKey> {
  return storeKey(freshKey(ports.random), settings, ports);
}

export async function importKey(settings: KeysSettings, ports: StorePorts): Promise<StoredKey> {
  if (settings.keyFrom !== "" && settings.mnemonicFrom !== "")
    throw trellisErrors.INPUT_INVALID({ what: "key", expected: "one of --key-from and --mnemonic-from" });
  const { io } = ports;
  const privateKey =
    settings.mnemonicFrom === ""
      ? parsePrivateKey(await readSecret(settings.keyFrom, "Private key", io))
      : keyOfMnemonic(await readSecret(settings.mnemonicFrom, "Mnemonic", io), settings.account);
  return storeKey(privateKey, settings, ports);
}

async function storeKey(
  privateKey: Uint8Array,
  settings: KeysSettings,
  { random, clock, io }: StorePorts,
): Promise<StoredKey> {
  const password = await readSecret(settings.passwordFrom, "Password", io);
  if (settings.passwordFrom === "" && (await io.askSecret("Password again")) !== password) {
    throw secretsErrors.SECRET_UNREADABLE({ reason: "the two passwords differ" });
  }
  const keystore = await encryptKeystore(privateKey, password, random);
  privateKey.fill(0);
  return { address: keystore.address!, file: writeKeyFile(settings.keystore, keystore, clock) };
}

/** Draws again above the curve's order (probability 2^-128). */
function freshKey(random: Random): Uint8Array {
  for (;;) {
    const candidate = random.bytes(32);
    try {
      checkPrivateKey(candidate);
      return candidate;
    } catch {}
  }
}

/** The error must not contain the text, which may be a secret. */
function parsePrivateKey(text: string): Uint8Array {
  const [, digits] = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text.trim()) ?? [];
  if (digits === undefined)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: text.trim().length });
  const privateKey = new Uint8Array(Buffer.from(digits, "hex"));
  checkPrivateKey(privateKey);
  return privateKey;
}

function keyOfMnemonic(mnemonic: string, account: number): Uint8Array {
  return accountsFromMnemonic(mnemonic, account + 1)[account]!.privateKey;
}
