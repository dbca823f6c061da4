import { hostname } from "node:os";
import { resolve } from "node:path";
import {
  type BackupPorts,
  type BlobStore,
  backupErrors,
  type Manifest,
  openDirectoryStore,
  Repository,
  RepositoryLock,
} from "@trellis/backup";
import { type KeyWrapping, openWrapping, passphraseWrapping } from "@trellis/platform/keys";
import { readSecret } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import type { BackupSettings } from "./settings.ts";

export const SYSTEM = { clock: systemClock, scheduler: systemScheduler, random: systemRandom };

/** Where a repository is, and what decrypts its key. */
export interface RepositoryAccess {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
}

export type Action = (settings: BackupSettings, access: RepositoryAccess, io: ServiceIo) => Promise<void>;

export async function accessIn(settings: BackupSettings, io: ServiceIo): Promise<RepositoryAccess> {
  const store = await openDirectoryStore(resolve(settings.repository));
  return { store, wrapping: await wrappingIn(settings, io) };
}

async function wrappingIn(
  { passphraseFrom, wrappedBy }: BackupSettings,
  io: ServiceIo,
): Promise<KeyWrapping> {
  const places = { passphraseFrom, wrappingKey: wrappedBy };
  const wrapping = await openWrapping(places, systemRandom, io);
  if (wrapping !== undefined) return wrapping;
  return passphraseWrapping(await readSecret("", "Passphrase of the repository", io), {
    random: systemRandom,
  });
}

export function openRepository(access: RepositoryAccess): Promise<Repository> {
  return Repository.open({ ...access, ...SYSTEM });
}

export async function locked<T>(
  what: string,
  access: RepositoryAccess,
  { lifecycle }: ServiceIo,
  work: (ports: BackupPorts) => Promise<T>,
): Promise<T> {
  // A missing repository must not get a lock file.
  await openRepository(access);
  const lock = await lifecycle.start(
    "repository lock",
    () => RepositoryLock.take(holderOf(what), { store: access.store, ...SYSTEM }),
    (taken) => taken.release(),
  );
  return work({ lock, repository: await openRepository(access), ...SYSTEM });
}

export async function chosen(asked: string, repository: Repository): Promise<Manifest> {
  const ids = await repository.listed();
  const id = asked === "latest" ? ids.at(-1) : ids.find((one) => one === asked);
  if (id === undefined) throw backupErrors.BACKUP_UNKNOWN({ backup: asked, backups: ids.length });
  return repository.backup(id);
}

export function holderOf(what: string): string {
  return `${what}, process ${process.pid} on ${hostname()}`;
}
