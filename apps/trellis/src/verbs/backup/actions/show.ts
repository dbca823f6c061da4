import type { ServiceIo } from "@trellis/platform/service";
import { bytesText } from "../../db/bytesText.ts";
import { factsOf, print } from "../printing.ts";
import { chosen, openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function show(settings: BackupSettings, access: RepositoryAccess, io: ServiceIo): Promise<void> {
  const backup = await chosen(settings.backup, await openRepository(access));
  const { id, at, bytes, parts, addedBytes } = factsOf(backup);
  print(settings, io, factsOf(backup), [
    `${id}  ${at}  Trellis ${backup.release}  ${bytesText(bytes)}, ${bytesText(addedBytes)} added`,
    ...parts.map(
      (part) =>
        `${part.kind.padEnd(9)}${bytesText(part.bytes).padStart(10)}  ${part.files} files  ${part.name}`,
    ),
  ]);
}
