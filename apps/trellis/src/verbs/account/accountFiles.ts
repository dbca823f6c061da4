import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Clock, type Hex, isTrellisError } from "@trellis/base";
import { type AccountKeyFile, parseAccountKeyFile } from "@trellis/client/account";
import { keystoreLimits } from "@trellis/crypto";
import { trellisErrors } from "../../errors.ts";

export interface StoredKey {
  readonly file: string;
  readonly key: AccountKeyFile;
}

export function listAccountFiles(folder: string): readonly StoredKey[] {
  return namesIn(folder).flatMap((name) => {
    const file = join(folder, name);
    try {
      return [{ file, key: readAccountFile(file) }];
    } catch {
      return [];
    }
  });
}

export function findAccountFiles(folder: string, subject: string): readonly [StoredKey, ...StoredKey[]] {
  if (!/^(?:0x)?[0-9a-fA-F]{40}$/.test(subject)) return [{ file: subject, key: readAccountFile(subject) }];
  const address = subject.toLowerCase().replace(/^(?:0x)?/, "0x");
  const [first, ...others] = listAccountFiles(folder).filter(({ key }) => key.address === address);
  if (first !== undefined) return [first, ...others];
  throw trellisErrors.INPUT_INVALID({
    reason: "no such key",
    expected: "an address that `trellis account show` lists, or a key file",
    address,
    keystore: folder,
  });
}

/** Only the owner may read the file. Durable, because a rotation depends on it. */
export function writeAccountFile(
  folder: string,
  { address, algorithm, text }: { readonly address: Hex; readonly algorithm: string; readonly text: string },
  clock: Clock,
): string {
  const madeAt = new Date(clock.nowMs()).toISOString().replaceAll(":", "-");
  const file = join(folder, `UTC--${madeAt}--${address.slice(2)}--${algorithm}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: "wx", flush: true });
    syncFolder(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNWRITABLE({ what: "key file", file, reason }, error);
  }
  return file;
}

export function readAccountFile(file: string): AccountKeyFile {
  try {
    if (statSync(file).size > keystoreLimits.fileSizeMax) {
      const reason = `larger than ${keystoreLimits.fileSizeMax} bytes`;
      throw trellisErrors.FILE_UNREADABLE({ what: "key file", file, reason });
    }
    return parseAccountKeyFile(readFileSync(file, "utf8"));
  } catch (error) {
    if (isTrellisError(error, "FILE_UNREADABLE")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNREADABLE({ what: "key file", file, reason }, error);
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNREADABLE({ what: "keystore", file: folder, reason }, error);
  }
}
