import type { Hex } from "@trellis/base";
import { hexToBytes } from "@trellis/base";
import { readAccount } from "@trellis/client/account";
import { checksumAddress } from "@trellis/crypto";
import type { ProcessIo } from "@trellis/platform/service";
import { formatEther } from "viem";
import { findAccountFiles, listAccountFiles, type StoredKey } from "./accountFiles.ts";
import { connect } from "./connect.ts";
import { keyIdOf, speaks } from "./openKey.ts";
import { addressOf } from "./send.ts";
import type { AccountSettings } from "./settings.ts";

interface ShownKey {
  readonly account: string | null;
  readonly algorithm: string;
  readonly keyId: string | null;
  readonly file: string;
  readonly isValid?: boolean | null;
}

export async function show(settings: AccountSettings, io: ProcessIo): Promise<void> {
  const subject = settings.operands[0];
  if (subject === undefined) return printKeys(settings, listAccountFiles(settings.keystore).map(shown), io);
  const files = filesOf(settings.keystore, subject);
  const address = files[0]?.key.address ?? addressOf(subject);
  const { client, chainId } = await connect(settings);
  const { balanceWei, nonce, pendingCount, registeredKeyId } = await readAccount(client, address);
  const all = files.map(({ key }) => key);
  const keys = files.map((stored) => ({
    ...shown(stored),
    isValid: speaks(stored.key, registeredKeyId, all),
  }));
  const facts = {
    account: checksummed(address),
    chainId,
    balanceCoins: formatEther(balanceWei),
    nonce,
    pendingCount,
    registeredKeyId: registeredKeyId ?? null,
  };
  if (settings.json) return void io.stdout.write(`${JSON.stringify({ ...facts, keys })}\n`);
  for (const [name, value] of Object.entries(facts))
    io.stdout.write(`${name.padEnd(17)}${value ?? "none: the original key is valid"}\n`);
  printKeys(settings, keys, io);
}

function filesOf(folder: string, subject: string): readonly StoredKey[] {
  if (!/^0x[0-9a-fA-F]{40}$/.test(subject)) return findAccountFiles(folder, subject);
  const address = addressOf(subject);
  return listAccountFiles(folder).filter(({ key }) => key.address === address);
}

function shown({ file, key }: StoredKey): ShownKey {
  const account = key.address === undefined ? null : checksummed(key.address);
  return { account, algorithm: key.algorithm, keyId: keyIdOf(key) ?? null, file };
}

function printKeys({ json }: AccountSettings, keys: readonly ShownKey[], { stdout }: ProcessIo): void {
  if (json) return void stdout.write(`${JSON.stringify(keys)}\n`);
  for (const { account, algorithm, file, isValid } of keys) {
    const state =
      isValid === undefined ? "" : `  ${isValid === null ? "unknown" : isValid ? "valid" : "replaced"}`;
    stdout.write(`${account ?? "address not stated".padEnd(42)}  ${algorithm.padEnd(9)}${state}  ${file}\n`);
  }
}

function checksummed(address: Hex): string {
  return checksumAddress(hexToBytes(address));
}
