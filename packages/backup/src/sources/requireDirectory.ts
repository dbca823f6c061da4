import { statSync } from "node:fs";
import { backupErrors } from "../errors.ts";

/** A mistyped path would otherwise be created, and backed up empty. @throws BACKUP_SOURCE_UNREADABLE */
export function requireDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw backupErrors.BACKUP_SOURCE_UNREADABLE({ path, reason: "no such directory" });
}
