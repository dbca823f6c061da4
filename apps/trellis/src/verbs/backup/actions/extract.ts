import { basename, resolve } from "node:path";
import { extractFound, findPath, readFound } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { trellisErrors } from "../../../errors.ts";
import { bytesText } from "../../db/bytesText.ts";
import { markValidators, VOTE_FILES } from "../markValidators.ts";
import { print } from "../printing.ts";
import { chosen, openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function extract(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const repository = await openRepository(access);
  const backup = await chosen(settings.backup, repository);
  const found = await findPath(backup, settings.path, repository);
  const { path, kind, bytes, files } = found;
  // A validator must not sign with an old vote log, and only directories are marked. [FINAL-28]
  if (kind === "file" && VOTE_FILES.has(basename(path)))
    throw trellisErrors.USAGE_INVALID({ path, needed: "the directory of the vote log" });
  if (settings.target === "") {
    if (kind === "directory" || settings.json)
      throw trellisErrors.USAGE_INVALID({ needed: "TARGET", path, kind });
    for await (const piece of readFound(found, repository)) io.stdout.write(piece);
    return;
  }
  const target = resolve(settings.target);
  let validators: readonly string[] = [];
  const prepare = async (directory: string): Promise<void> => {
    validators = await markValidators(directory, undefined);
  };
  await extractFound({ backup, found, target }, { repository, prepare });
  const marked = `${validators.length} validators marked: they observe the others before they sign`;
  print(settings, io, { backup: backup.id, path, kind, bytes, files, target }, [
    `${target}: ${files} files, ${bytesText(bytes)}, from ${backup.id}`,
    ...(validators.length === 0 ? [] : [marked]),
  ]);
}
