import { systemRandom } from "@trellis/platform/system";
import type { BlobStore } from "../repository/BlobStore.ts";
import { createRepository } from "../repository/createRepository.ts";
import { Lock } from "../repository/Lock.ts";
import type { Manifest } from "../repository/Manifest.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { Repository } from "../repository/Repository.ts";
import { type BackupPorts, runBackup } from "../runs/runBackup.ts";
import { runLogBackup } from "../runs/runLogBackup.ts";
import { PORTS } from "./ports.ts";
import { wrappingOf } from "./wrappingOf.ts";

export { wrappingOf };

/** A directory, or another store. */
type Place = string | BlobStore;

export async function newRepository(place: Place): Promise<Repository> {
  const store = await storeAt(place);
  await createRepository({ store, wrapping: wrappingOf("correct"), random: systemRandom });
  return reopened(place);
}

export async function reopened(place: Place, passphrase = "correct"): Promise<Repository> {
  const store = await storeAt(place);
  return Repository.open({ store, wrapping: wrappingOf(passphrase), random: systemRandom });
}

export function backUp(
  place: Place,
  dataDir: string,
  more: Pick<BackupPorts, "postgres"> = {},
): Promise<Manifest> {
  return locked(place, (ports) => runBackup({ dataDir, release: "0.1.0" }, { ...ports, ...more }));
}

export function backUpLogs(place: Place, dataDir: string, base?: string): Promise<Manifest | undefined> {
  const options = { dataDir, release: "0.1.0", ...(base !== undefined && { base }) };
  return locked(place, (ports) => runLogBackup(options, ports));
}

export async function locked<T>(place: Place, run: (ports: BackupPorts) => Promise<T>): Promise<T> {
  const lock = await Lock.take("a test", { store: await storeAt(place), ...PORTS });
  try {
    const repository = await reopened(place);
    await repository.chunks.reuseUnlisted();
    return await run({ repository, lock, ...PORTS });
  } finally {
    await lock.release();
  }
}

async function storeAt(place: Place): Promise<BlobStore> {
  return typeof place === "string" ? openDirectoryStore(place) : place;
}
