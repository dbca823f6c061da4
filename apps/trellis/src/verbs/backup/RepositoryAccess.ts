import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import {
  type BackupPorts,
  type BlobStore,
  backupErrors,
  type Manifest,
  newestBackup,
  openBlobStore,
  Repository,
  RepositoryLock,
  type S3Options,
} from "@trellis/backup";
import { type KeyWrapping, openWrapping, passphraseWrapping } from "@trellis/platform/keys";
import { readSecret, type SecretIo, secretsErrors } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import type { BackupSettings } from "./settings.ts";

/** `pause` keeps the process alive, unlike the scheduler. */
export const SYSTEM = { clock: systemClock, scheduler: systemScheduler, random: systemRandom, pause };

/** Where a repository is, and what decrypts its key. */
export interface RepositoryAccess {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
  /** What `keys add` adds. */
  newWrapping(): Promise<KeyWrapping>;
}

export type Action = (settings: BackupSettings, access: RepositoryAccess, io: ServiceIo) => Promise<void>;

/** Where the repositories are, and where their keys are. */
export type AccessSettings = Pick<
  BackupSettings,
  | "repository"
  | "s3Endpoint"
  | "s3Region"
  | "s3PathStyle"
  | "passphraseFrom"
  | "wrappedBy"
  | "newPassphraseFrom"
  | "newWrappedBy"
>;

/** One for each configured repository, all with the same key. */
export async function accessesIn(settings: AccessSettings, io: ServiceIo): Promise<RepositoryAccess[]> {
  const s3 = s3OptionsIn(settings);
  const stores = await Promise.all(settings.repository.map((repository) => openBlobStore(repository, s3)));
  const wrapping = remembering(await wrappingIn(settings, "Passphrase of the repository", io));
  let asked: Promise<KeyWrapping> | undefined;
  const newWrapping = (): Promise<KeyWrapping> => (asked ??= newWrappingIn(settings, io));
  return stores.map((store) => ({ store, wrapping, newWrapping }));
}

/** The repository at `place`, with the key of `access`. */
export async function accessTo(
  place: string,
  settings: BackupSettings,
  access: RepositoryAccess,
): Promise<RepositoryAccess> {
  return { ...access, store: await openBlobStore(place, s3OptionsIn(settings)) };
}

function s3OptionsIn({ s3Endpoint, s3Region, s3PathStyle: hasPathStyle }: AccessSettings): S3Options {
  return {
    hasPathStyle,
    ...(s3Endpoint !== "" && { endpoint: s3Endpoint }),
    ...(s3Region !== "" && { region: s3Region }),
  };
}

/** An action opens a repository several times, and each passphrase takes about a second. */
function remembering(wrapping: KeyWrapping): KeyWrapping {
  const known = new Map<string, Promise<Uint8Array>>();
  return {
    wrap: (key) => wrapping.wrap(key),
    unwrap(wrapped) {
      const name = JSON.stringify(wrapped);
      const unwrapping = known.get(name) ?? wrapping.unwrap(wrapped);
      known.set(name, unwrapping);
      unwrapping.catch(() => known.delete(name));
      return unwrapping;
    },
  };
}

type KeyPlaces = Pick<BackupSettings, "passphraseFrom" | "wrappedBy">;

async function wrappingIn(
  { passphraseFrom, wrappedBy }: KeyPlaces,
  question: string,
  io: SecretIo,
): Promise<KeyWrapping> {
  const places = { passphraseFrom, wrappingKey: wrappedBy };
  const wrapping = await openWrapping(places, systemRandom, io);
  return wrapping ?? passphraseWrapping(await readSecret("", question, io), { random: systemRandom });
}

function newWrappingIn(
  { newPassphraseFrom, newWrappedBy }: AccessSettings,
  io: ServiceIo,
): Promise<KeyWrapping> {
  const places = { passphraseFrom: newPassphraseFrom, wrappedBy: newWrappedBy };
  const askTwice = async (question: string): Promise<string> => {
    const passphrase = await io.askSecret(question);
    if ((await io.askSecret("New passphrase again")) === passphrase) return passphrase;
    throw secretsErrors.SECRET_UNREADABLE({ reason: "the two passphrases differ" });
  };
  return wrappingIn(places, "New passphrase", { ...io, askSecret: askTwice });
}

export function openRepository(access: RepositoryAccess): Promise<Repository> {
  return Repository.open({ ...access, ...SYSTEM });
}

/** @param lifecycle of a command, which then releases the lock when the process is stopped */
export async function locked<T>(
  what: string,
  access: RepositoryAccess,
  { lifecycle }: Partial<Pick<ServiceIo, "lifecycle">>,
  work: (ports: BackupPorts) => Promise<T>,
): Promise<T> {
  // A missing repository must not get a lock file.
  await openRepository(access);
  const lock = await RepositoryLock.take(holderOf(what), { store: access.store, ...SYSTEM });
  let releasing: Promise<void> | undefined;
  const release = (): Promise<void> => (releasing ??= lock.release());
  try {
    // Opened before, because a failure would stop the process, and other repositories may follow.
    await lifecycle?.start("repository lock", () => lock, release);
    const repository = await openRepository(access);
    await repository.chunks.reuseUnlisted();
    const result = await work({ lock, repository, ...SYSTEM });
    await release();
    return result;
  } catch (error) {
    await release().catch(() => {});
    throw error;
  }
}

export async function chosen(asked: string, repository: Repository): Promise<Manifest> {
  const newest = asked === "latest" ? newestBackup(await repository.backups()) : undefined;
  if (newest !== undefined) return newest;
  const ids = await repository.listed();
  if (ids.includes(asked)) return repository.backup(asked);
  throw backupErrors.BACKUP_UNKNOWN({ backup: asked, backups: ids.length });
}

export function holderOf(what: string): string {
  return `${what}, process ${process.pid} on ${hostname()}`;
}
