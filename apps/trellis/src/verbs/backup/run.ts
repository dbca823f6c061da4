import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type BackupPorts,
  type BlobStore,
  backupErrors,
  chooseBackup,
  createRepository,
  type LogBackupOptions,
  type Manifest,
  type ManifestPart,
  openDirectoryStore,
  pruneBackups,
  Repository,
  RepositoryLock,
  restoreBackup,
  runBackup,
  runLogBackup,
  verifyRepository,
} from "@trellis/backup";
import { isTrellisError } from "@trellis/base";
import { type KeyWrapping, openWrapping, passphraseWrapping } from "@trellis/platform/keys";
import { readSecret } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { bytesText } from "../db/bytesText.ts";
import { proveRestored } from "./proveRestored.ts";
import type { BackupAction, BackupSettings } from "./settings.ts";

const SYSTEM = { clock: systemClock, scheduler: systemScheduler, random: systemRandom };
const PROGRESS_STEPS = 20;

interface Opened {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
}

type Action = (settings: BackupSettings, opened: Opened, io: ServiceIo) => Promise<void>;

const actions: Readonly<Record<BackupAction, Action>> = {
  init,
  run: backUp,
  logs: backUpLogs,
  list,
  show,
  verify,
  restore,
  prune,
  repair,
};

export async function run(settings: BackupSettings, io: ServiceIo): Promise<void> {
  const store = await openDirectoryStore(resolve(settings.repository));
  const wrapping = await wrappingIn(settings, io);
  await actions[settings.action](settings, { store, wrapping }, io);
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

async function init(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const { id } = await createRepository({ ...opened, ...SYSTEM });
  print(settings, io, { repository: opened.store.place, id }, [
    `${opened.store.place}: repository ${id}`,
    "Keep the passphrase or key apart from the data: without it nobody can restore a backup.",
  ]);
}

async function backUp(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const options = { dataDir: resolve(settings.dataDir), release: release() };
  const onPart = ({ kind, name, bytes, files }: ManifestPart): void => {
    if (settings.json || kind === "wal") return;
    io.stdout.write(`${kind.padEnd(8)}${bytesText(bytes).padStart(10)}  ${files} files  ${name}\n`);
  };
  const made = await locked(`backup of ${options.dataDir}`, opened, io, async (ports) => {
    const base = (await ports.repository.backups()).findLast((backup) => backup.base === undefined)?.id;
    const full = await runBackup(options, { ...ports, onPart });
    if (base !== undefined) await continueLogs({ ...options, base }, ports, io);
    return full;
  });
  print(settings, io, factsOf(made), [`${made.id}: ${bytesText(made.addedBytes)} added`]);
}

/** The former full backup reaches until this one, so that no time is left out. */
async function continueLogs(
  options: LogBackupOptions,
  ports: BackupPorts,
  { log }: ServiceIo,
): Promise<void> {
  try {
    await runLogBackup(options, ports);
  } catch (error) {
    if (!isTrellisError(error, "BACKUP_LOG_GAP")) throw error;
    log.warn("backup.logGap", { directory: String(error.facts.directory) });
  }
}

async function backUpLogs(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const options = { dataDir: resolve(settings.dataDir), release: release() };
  const made = await locked(`logs of ${options.dataDir}`, opened, io, (ports) =>
    runLogBackup(options, ports),
  );
  if (made === undefined)
    return print(settings, io, { id: null }, ["nothing was written since the last backup"]);
  print(settings, io, factsOf(made), [`${made.id}: ${bytesText(made.addedBytes)} added to the logs`]);
}

async function list(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const backups = await (await open(opened)).backups();
  const lines = backups.map((backup) => {
    const { id, bytes, parts, addedBytes } = factsOf(backup);
    return `${id}  ${bytesText(bytes).padStart(10)}  ${bytesText(addedBytes).padStart(10)} added  ${parts.length} parts`;
  });
  print(settings, io, { backups: backups.map(factsOf) }, lines.length === 0 ? ["no backups"] : lines);
}

async function show(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const backup = await chosen(settings.backup, await open(opened));
  const { id, at, bytes, parts, addedBytes } = factsOf(backup);
  print(settings, io, factsOf(backup), [
    `${id}  ${at}  Trellis ${backup.release}  ${bytesText(bytes)}, ${bytesText(addedBytes)} added`,
    ...parts.map(
      (part) =>
        `${part.kind.padEnd(8)}${bytesText(part.bytes).padStart(10)}  ${part.files} files  ${part.name}`,
    ),
  ]);
}

/** With an id, also restores that backup into a temporary directory and proves it. */
async function verify(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const repository = await open(opened);
  const { problems, ...counts } = await verifyRepository({ store: opened.store, repository });
  const [first] = problems;
  if (first !== undefined) {
    for (const { object, reason } of problems) io.stderr.write(`${object}: ${reason}\n`);
    throw backupErrors.REPOSITORY_DAMAGED({ object: first.object, reason: first.reason });
  }
  const proofs =
    settings.backup === "" ? [] : await proveBackup(await chosen(settings.backup, repository), repository);
  print(settings, io, { ...counts, problems, proofs }, [
    `${counts.backups} backups, ${counts.packs} packs, ${counts.chunks} chunks, ${bytesText(counts.bytes)}: intact`,
    ...proofs,
  ]);
}

async function proveBackup(backup: Manifest, repository: Repository): Promise<string[]> {
  const scratch = await mkdtemp(join(tmpdir(), "trellis-verify-"));
  let proofs: string[] = [];
  try {
    const prove = async (directory: string): Promise<void> => {
      proofs = await proveRestored(backup, directory);
    };
    await restoreBackup({ backup, target: join(scratch, "restored") }, { repository, prove });
    return proofs;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function restore(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const repository = await open(opened);
  const target = resolve(settings.target);
  const targetMs = settings.at === "" ? undefined : Date.parse(settings.at);
  const backup =
    targetMs === undefined
      ? await chosen(settings.backup, repository)
      : chooseBackup(await repository.backups(), targetMs);
  let proofs: string[] = [];
  await restoreBackup(
    { backup, target, ...(targetMs !== undefined && { targetMs }) },
    {
      repository,
      prove: async (directory) => {
        proofs = await proveRestored(backup, directory);
      },
      onBytes: settings.json ? () => {} : progressOn(io),
    },
  );
  print(settings, io, { ...factsOf(backup), target, proofs }, [
    `${target}: restored as of ${factsOf(backup).at}`,
    ...proofs,
  ]);
}

async function prune(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const { keepLast: last, keepHourly: hourly, keepDaily: daily } = settings;
  const policy = { last, hourly, daily, weekly: settings.keepWeekly, monthly: settings.keepMonthly };
  const report = await locked("prune", opened, io, (ports) => pruneBackups(policy, ports));
  print(settings, io, report, [`${report.removed.length} backups removed, ${report.kept.length} kept`]);
}

async function repair(settings: BackupSettings, opened: Opened, io: ServiceIo): Promise<void> {
  const lock = await RepositoryLock.take(holderOf("repair"), { store: opened.store, ...SYSTEM });
  try {
    await Repository.repair({ ...opened, ...SYSTEM });
  } finally {
    await lock.release();
  }
  print(settings, io, { repaired: "indexes" }, [
    "indexes rebuilt from the packs; run `trellis backup verify`",
  ]);
}

async function locked<T>(
  what: string,
  opened: Opened,
  { lifecycle }: ServiceIo,
  work: (ports: BackupPorts) => Promise<T>,
): Promise<T> {
  // A missing repository must not get a lock file.
  await open(opened);
  const lock = await lifecycle.start(
    "repository lock",
    () => RepositoryLock.take(holderOf(what), { store: opened.store, ...SYSTEM }),
    (taken) => taken.release(),
  );
  return work({ lock, repository: await open(opened), ...SYSTEM });
}

function open(opened: Opened): Promise<Repository> {
  return Repository.open({ ...opened, ...SYSTEM });
}

async function chosen(asked: string, repository: Repository): Promise<Manifest> {
  const ids = await repository.listed();
  const id = asked === "latest" ? ids.at(-1) : ids.find((one) => one === asked);
  if (id === undefined) throw backupErrors.BACKUP_UNKNOWN({ backup: asked, backups: ids.length });
  return repository.backup(id);
}

function factsOf({ id, atMs, release: version, parts, addedBytes }: Manifest) {
  return {
    id,
    at: new Date(atMs).toISOString(),
    release: version,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    addedBytes,
    parts: parts.map(({ name, kind, bytes, files }) => ({ name, kind, bytes, files })),
  };
}

function progressOn({ stderr }: ServiceIo): (restored: number, total: number) => void {
  let shown = 0;
  return (restored, total) => {
    const step = Math.floor((restored / total) * PROGRESS_STEPS);
    if (step <= shown) return;
    shown = step;
    stderr.write(
      `${Math.round((restored / total) * 100)} %  ${bytesText(restored)} of ${bytesText(total)}\n`,
    );
  };
}

function print(
  { json }: BackupSettings,
  { stdout }: ServiceIo,
  facts: object,
  lines: readonly string[],
): void {
  stdout.write(json ? `${JSON.stringify(facts)}\n` : `${lines.join("\n")}\n`);
}

function holderOf(what: string): string {
  return `${what}, process ${process.pid} on ${hostname()}`;
}

function release(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}
