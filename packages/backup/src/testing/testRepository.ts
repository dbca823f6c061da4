import { type KeyWrapping, passphraseWrapping } from "@trellis/platform/keys";
import { systemRandom } from "@trellis/platform/system";
import { Lock } from "../repository/Lock.ts";
import type { Manifest } from "../repository/Manifest.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { createRepository } from "../repository/openRepository.ts";
import { Repository } from "../repository/Repository.ts";
import { type BackupPorts, runBackup } from "../runs/runBackup.ts";
import { runLogBackup } from "../runs/runLogBackup.ts";
import { PORTS } from "./ports.ts";

/** A low cost, because tests open many repositories. */
export function wrappingOf(passphrase: string): KeyWrapping {
  return passphraseWrapping(passphrase, { random: systemRandom, cost: 2 });
}

export async function newRepository(directory: string): Promise<Repository> {
  const store = await openDirectoryStore(directory);
  await createRepository({ store, wrapping: wrappingOf("correct"), random: systemRandom });
  return reopened(directory);
}

export async function reopened(directory: string, passphrase = "correct"): Promise<Repository> {
  const store = await openDirectoryStore(directory);
  return Repository.open({ store, wrapping: wrappingOf(passphrase), random: systemRandom });
}

export function backUp(directory: string, dataDir: string): Promise<Manifest> {
  return locked(directory, (ports) => runBackup({ dataDir, release: "0.1.0" }, ports));
}

export function backUpLogs(directory: string, dataDir: string, base?: string): Promise<Manifest | undefined> {
  const options = { dataDir, release: "0.1.0", ...(base !== undefined && { base }) };
  return locked(directory, (ports) => runLogBackup(options, ports));
}

async function locked<T>(directory: string, run: (ports: BackupPorts) => Promise<T>): Promise<T> {
  const lock = await Lock.take("a test", { store: await openDirectoryStore(directory), ...PORTS });
  try {
    return await run({ repository: await reopened(directory), lock, ...PORTS });
  } finally {
    await lock.release();
  }
}
