import { existsSync } from "node:fs";
import { bytesToHex } from "@trellis/base";
import { checksumAddress, publicKeyToAddress } from "@trellis/crypto";
import { type ListedKey, listDataDirectory, openKeyUri } from "@trellis/platform/keys";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { listKeyFiles } from "./keyFiles.ts";
import type { KeysSettings } from "./settings.ts";

interface Shown {
  readonly purpose: string;
  readonly algorithm: string;
  readonly id: string;
  readonly address?: string;
  readonly publicKey?: string;
  readonly createdMs?: number;
  readonly rotatedMs?: number;
  readonly state: string;
  readonly isEncrypted: boolean;
  readonly holder: string;
  readonly location: string;
}

const DAY_MS = 86_400_000;
const KEY_DIGITS = 18;

/** [KEY-11] */
export async function printList(settings: KeysSettings, io: ProcessIo): Promise<void> {
  const keys = (await listed(settings, io)).map(shown);
  if (settings.holder === "" && settings.dataDir === "")
    for (const { file } of listKeyFiles(settings.keystore))
      if (!keys.some(({ location }) => location === file))
        io.stderr.write(`not a keystore of version 3: ${file}\n`);
  if (settings.json) io.stdout.write(`${JSON.stringify(keys)}\n`);
  else for (const row of rowsOf(keys, systemClock.nowMs())) io.stdout.write(`${row}\n`);
}

async function listed(settings: KeysSettings, io: ProcessIo): Promise<readonly ListedKey[]> {
  const { holder: uri, dataDir, keystore } = settings;
  if (uri !== "") {
    const { holder, id } = await openKeyUri(uri, "account", io);
    try {
      const keys = await holder.list();
      const chosen = id === "" ? keys : keys.filter((key) => key.id === id);
      return chosen.map((key) => ({ ...key, state: "active", isEncrypted: true }));
    } finally {
      await holder.close();
    }
  }
  const folder = dataDir === "" ? keystore : dataDir;
  return existsSync(folder) ? listDataDirectory(folder, systemClock.nowMs()) : [];
}

function shown(key: ListedKey): Shown {
  const { purpose, algorithm, id, publicKey, createdMs, rotatedMs, state, isEncrypted, holder, location } =
    key;
  const address = addressOf(key);
  return {
    purpose,
    algorithm,
    id,
    ...(address !== undefined && { address }),
    ...(publicKey && { publicKey: bytesToHex(publicKey) }),
    ...(createdMs !== undefined && { createdMs }),
    ...(rotatedMs !== undefined && { rotatedMs }),
    state,
    isEncrypted,
    holder,
    location,
  };
}

function addressOf({ algorithm, id, publicKey }: ListedKey): string | undefined {
  if (algorithm !== "secp256k1") return undefined;
  if (publicKey !== undefined) return checksumAddress(publicKeyToAddress(publicKey));
  return /^0x[0-9a-f]{40}$/.test(id) ? checksumAddress(Buffer.from(id.slice(2), "hex")) : undefined;
}

function rowsOf(keys: readonly Shown[], nowMs: number): string[] {
  if (keys.length === 0) return ["no keys"];
  const table = [
    ["purpose", "algorithm", "state", "age", "rotated", "at rest", "key", "where"],
    ...keys.map((key) => [
      key.purpose,
      key.algorithm,
      key.state,
      key.createdMs === undefined ? "unknown" : `${Math.floor((nowMs - key.createdMs) / DAY_MS)} d`,
      key.rotatedMs === undefined ? "never" : new Date(key.rotatedMs).toISOString().slice(0, 10),
      key.isEncrypted ? "encrypted" : "plain",
      key.address ?? short(key.publicKey ?? key.id),
      `${key.holder}: ${key.location}`,
    ]),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

function short(key: string): string {
  return key.length > KEY_DIGITS ? `${key.slice(0, KEY_DIGITS)}…` : key;
}
