import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { bytesToHex } from "@trellis/base";
import { systemRandom } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";

const SECRET_BYTES = 32;

/** A running node takes the new identity at SIGHUP; the old one stays as `peer.key.1`, `peer.key.2`, … [LINK-1] */
export function rotatePeerKey(dataDir: string) {
  const file = existing(dataDir, "peer.key");
  let version = 1;
  while (existsSync(`${file}.${version}`)) version += 1;
  replace(file, (old) => {
    writeFileSync(`${file}.${version}`, old, { mode: 0o600, flag: "wx", flush: true });
    return `${bytesToHex(systemRandom.bytes(SECRET_BYTES))}\n`;
  });
  return { version: version + 1, state: "from the next SIGHUP or start" };
}

function existing(dataDir: string, name: string): string {
  const file = join(dataDir, name);
  if (!existsSync(file)) throw trellisErrors.INPUT_INVALID({ reason: "no such key", file });
  return file;
}

/** After power loss the file is the old one or the new one. */
function replace(file: string, change: (old: string) => string): void {
  const next = `${file}.next`;
  // Also excludes a second rotation at the same time.
  const handle = createNext(next);
  try {
    writeFileSync(handle, change(readFileSync(file, "utf8")));
    fsyncSync(handle);
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);
}

function createNext(file: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    const reason = "another rotation is running; after an interrupted one, remove this file";
    throw trellisErrors.INPUT_INVALID({ reason, file }, cause);
  }
}
