import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, type Clock, isTrellisError } from "@trellis/base";
import { type Keystore, keystoreLimits, keystoreToJson, parseKeystore } from "@trellis/crypto";
import { trellisErrors } from "../../errors.ts";

interface KeyFile {
  readonly file: string;
  readonly keystore: Keystore | undefined;
}

export function listKeyFiles(folder: string): readonly KeyFile[] {
  return namesIn(folder).map((name) => {
    const file = join(folder, name);
    try {
      return { file, keystore: readKeyFile(file) };
    } catch {
      return { file, keystore: undefined };
    }
  });
}

export function findKeyFile(
  folder: string,
  subject: string,
): { readonly file: string; readonly keystore: Keystore } {
  if (!/^(?:0x)?[0-9a-fA-F]{40}$/.test(subject)) return { file: subject, keystore: readKeyFile(subject) };
  const wanted = subject.toLowerCase().replace(/^(?:0x)?/, "0x");
  for (const { file, keystore } of listKeyFiles(folder)) {
    if (keystore?.address !== undefined && bytesToHex(keystore.address) === wanted) return { file, keystore };
  }
  throw trellisErrors.INPUT_INVALID({
    reason: "no such key",
    expected: "an address that `trellis keys list` shows",
    address: wanted,
    keystore: folder,
  });
}

/** Only the owner may read the file. @throws FILE_EXISTS if the address has a key file */
export function writeKeyFile(folder: string, keystore: Keystore, clock: Clock): string {
  const address = bytesToHex(keystore.address!);
  const known = listKeyFiles(folder).find(
    (other) => other.keystore?.address !== undefined && bytesToHex(other.keystore.address) === address,
  );
  if (known !== undefined) throw trellisErrors.FILE_EXISTS({ what: "key file", address, file: known.file });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const madeAt = new Date(clock.nowMs()).toISOString().replaceAll(":", "-");
  const file = join(folder, `UTC--${madeAt}--${address.slice(2)}`);
  writeFileSync(file, `${keystoreToJson(keystore)}\n`, { mode: 0o600, flag: "wx", flush: true });
  return file;
}

function readKeyFile(file: string): Keystore {
  try {
    if (statSync(file).size > keystoreLimits.fileSizeMax) {
      throw trellisErrors.FILE_UNREADABLE({
        what: "key file",
        file,
        reason: `larger than ${keystoreLimits.fileSizeMax} bytes`,
      });
    }
    return parseKeystore(readFileSync(file, "utf8"));
  } catch (error) {
    if (isTrellisError(error, "FILE_UNREADABLE")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNREADABLE({ what: "key file", file, reason }, error);
  }
}

function namesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNREADABLE({ what: "keystore", file: folder, reason }, error);
  }
}
