import { bytesToHex } from "@trellis/base";
import { checksumAddress, decryptKeystore, privateKeyToAddress } from "@trellis/crypto";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { findKeyFile } from "./keyFiles.ts";
import { printList } from "./list.ts";
import { retire, rotate } from "./rotate.ts";
import type { KeysAction, KeysSettings } from "./settings.ts";
import { importKey, newKey, type StoredKey } from "./storeKey.ts";

type Action = (settings: KeysSettings, io: ProcessIo) => Promise<void>;

const actions: Readonly<Record<KeysAction, Action>> = {
  new: async (settings, io) => printStored(await newKey(settings, system(io)), settings, io),
  import: async (settings, io) => printStored(await importKey(settings, system(io)), settings, io),
  list: printList,
  address: printAddress,
  show: printKey,
  rotate,
  retire,
};

export async function run(settings: KeysSettings, io: ProcessIo): Promise<void> {
  await actions[settings.action](settings, io);
}

function system(io: ProcessIo) {
  return { random: systemRandom, clock: systemClock, io };
}

function printStored({ address, file }: StoredKey, { json }: KeysSettings, io: ProcessIo): void {
  print(io, json, { address: checksumAddress(address), file });
}

async function printAddress(settings: KeysSettings, io: ProcessIo): Promise<void> {
  const privateKey = await decrypted(settings, io);
  print(io, settings.json, { address: checksumAddress(privateKeyToAddress(privateKey)) });
}

async function printKey(settings: KeysSettings, io: ProcessIo): Promise<void> {
  const privateKey = await decrypted(settings, io);
  const address = checksumAddress(privateKeyToAddress(privateKey));
  print(io, settings.json, { address, privateKey: bytesToHex(privateKey) });
}

async function decrypted(settings: KeysSettings, io: ProcessIo): Promise<Uint8Array> {
  const { keystore } = findKeyFile(settings.keystore, settings.subject);
  return decryptKeystore(keystore, await readSecret(settings.passwordFrom, "Password", io));
}

function print(io: ProcessIo, json: boolean, facts: Readonly<Record<string, string>>): void {
  if (json) io.stdout.write(`${JSON.stringify(facts)}\n`);
  else for (const [name, value] of Object.entries(facts)) io.stdout.write(`${name.padEnd(12)}${value}\n`);
}
