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
const CHANNEL_SECRETS_MAX = 4;

/** A running node uses the new key after SIGHUP. Old keys stay as `peer.key.1`, … [LINK-1] */
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

/** [SIGN-1] */
export function rotateChannelSecret(dataDir: string) {
  const file = existing(dataDir, "signer.secret");
  const next = bytesToHex(systemRandom.bytes(SECRET_BYTES)).slice("0x".length);
  return replaceSecrets(file, (held) => {
    if (held.length < CHANNEL_SECRETS_MAX) return [next, ...held];
    const reason = "retire earlier secrets first";
    throw trellisErrors.INPUT_INVALID({ reason, file, accepted: held.length });
  });
}

export function retireChannelSecrets(dataDir: string) {
  return replaceSecrets(existing(dataDir, "signer.secret"), (held) => held.slice(0, 1));
}

function replaceSecrets(file: string, change: (held: readonly string[]) => readonly string[]) {
  let accepted = 0;
  replace(file, (old) => {
    const secrets = change(old.trim().split(/\s+/));
    accepted = secrets.length;
    return `${secrets.join("\n")}\n`;
  });
  return { accepted };
}

function existing(dataDir: string, name: string): string {
  const file = join(dataDir, name);
  if (!existsSync(file)) throw trellisErrors.INPUT_INVALID({ reason: "no such key", file });
  return file;
}

/** After a power failure, the file has the old or the new content. */
function replace(file: string, change: (old: string) => string): void {
  const next = `${file}.next`;
  // Fails while another rotation runs.
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
