import { isTrellisError } from "@trellis/base";
import type { ServiceIo } from "@trellis/platform/service";
import type { Action, RepositoryAccess } from "./RepositoryAccess.ts";
import type { BackupSettings } from "./settings.ts";

/** Another repository may still have what was asked. */
const ELSEWHERE: readonly string[] = [
  "REPOSITORY_MISSING",
  "REPOSITORY_UNAVAILABLE",
  "REPOSITORY_DAMAGED",
  "REPOSITORY_KEY_WRONG",
  "BACKUP_UNKNOWN",
  "BACKUP_PATH_UNKNOWN",
  "RESTORE_TIME_UNREACHABLE",
  "STORE_CORRUPT",
];

/** A backup or key has its id in one repository only. */
const IN_ONE: readonly string[] = ["BACKUP_UNKNOWN", "REPOSITORY_KEY_UNKNOWN"];

/** Continues after a failure. @throws the first failure, after all repositories */
export async function inEach(
  action: Action,
  settings: BackupSettings,
  accesses: readonly RepositoryAccess[],
  io: ServiceIo,
): Promise<void> {
  const failures: unknown[] = [];
  const results: object[] = [];
  for (const access of accesses) {
    const { place: repository } = access.store;
    let printed = "";
    const keep = (text: string | Uint8Array): void => {
      printed += text;
    };
    if (!settings.json) io.stdout.write(`${repository}:\n`);
    try {
      await action(settings, access, settings.json ? printingTo(keep, io) : io);
      if (settings.json) results.push({ repository, ...JSON.parse(printed) });
    } catch (error) {
      if (isTrellisError(error, "LIFECYCLE_STOPPING")) throw error;
      failures.push(error);
      results.push({ repository, error: isTrellisError(error) ? error : { message: String(error) } });
      warn(repository, error, io);
    }
  }
  if (settings.json) io.stdout.write(`${JSON.stringify({ repositories: results })}\n`);
  const isElsewhere = (error: unknown): boolean =>
    failures.length < accesses.length && isTrellisError(error) && IN_ONE.includes(error.code);
  const failure = failures.find((error) => !isElsewhere(error));
  if (failure !== undefined) throw failure;
}

/** Uses the first repository that has what was asked. @throws the first failure, if no repository has it */
export async function inFirst(
  action: Action,
  settings: BackupSettings,
  accesses: readonly RepositoryAccess[],
  io: ServiceIo,
): Promise<void> {
  const failures: unknown[] = [];
  for (const access of accesses) {
    let hasPrinted = false;
    const pass = (text: string | Uint8Array): void => {
      hasPrinted = true;
      io.stdout.write(text);
    };
    try {
      return await action(settings, access, printingTo(pass, io));
    } catch (error) {
      const isElsewhere = isTrellisError(error) && ELSEWHERE.includes(error.code);
      // Printed bytes stay printed.
      if (!isElsewhere || hasPrinted) throw error;
      failures.push(error);
      warn(access.store.place, error, io);
    }
  }
  throw failures[0];
}

function printingTo(write: (text: string | Uint8Array) => void, io: ServiceIo): ServiceIo {
  return { ...io, stdout: { isTerminal: io.stdout.isTerminal, write } };
}

function warn(repository: string, error: unknown, { stderr }: ServiceIo): void {
  stderr.write(`${repository}: ${error instanceof Error ? error.message : String(error)}\n`);
}
