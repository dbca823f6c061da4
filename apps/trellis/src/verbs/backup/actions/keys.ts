import { addKey, type ListedKey, listKeys, removeKey } from "@trellis/backup";
import type { ServiceIo } from "@trellis/platform/service";
import { print } from "../printing.ts";
import { locked, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { BackupSettings } from "../settings.ts";

export async function changeKeys(
  settings: BackupSettings,
  access: RepositoryAccess,
  io: ServiceIo,
): Promise<void> {
  const { keysAction, key } = settings;
  if (keysAction === "list") {
    const keys = await listKeys(access);
    return print(settings, io, { keys }, keys.map(lineOf));
  }
  const added = keysAction === "add" ? await access.newWrapping() : undefined;
  const changed = await locked(`keys ${keysAction}`, access, io, ({ lock }) => {
    const ports = { ...access, lock };
    return added === undefined ? removeKey(key, ports) : addKey(added, ports);
  });
  print(settings, io, { [added === undefined ? "removed" : "added"]: changed }, [
    `${added === undefined ? "removed" : "added"} ${lineOf(changed)}`,
  ]);
}

function lineOf({ id, kind, name, isUsed }: ListedKey): string {
  return `${id}  ${kind}${name === undefined ? "" : ` ${name}`}${isUsed ? "  (used by this command)" : ""}`;
}
