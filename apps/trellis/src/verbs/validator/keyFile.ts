import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isTrellisError, type Random } from "@trellis/base";
import {
  type BlsKeystore,
  blsKeystoreToJson,
  blsSecretFromSeed,
  decryptBlsKeystore,
  encryptBlsKeystore,
  keystoreLimits,
  parseBlsKeystore,
} from "@trellis/crypto";
import { trellisErrors } from "../../errors.ts";

/** Keystore of version 4 (EIP-2335). */
export function validatorKeyFile(directory: string): string {
  return join(directory, "key.json");
}

/** A rotation adds a folder 2, 3, … with a key and its vote log. @returns oldest first */
export function validatorDirectories(directory: string): string[] {
  const all = [directory, ...rotationsIn(directory).map((version) => join(directory, String(version)))];
  return all.filter((each) => existsSync(validatorKeyFile(each)));
}

function rotationsIn(directory: string): number[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names
    .filter((name) => /^[1-9]\d{0,5}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** After a power failure, the folder is complete or absent. */
export async function createNextKey(directory: string, password: string, random: Random): Promise<string> {
  const version = (rotationsIn(directory).at(-1) ?? 1) + 1;
  const folder = join(directory, String(version));
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  await createValidatorKey(draft, password, random);
  syncDirectory(draft);
  renameSync(draft, folder);
  syncDirectory(directory);
  return folder;
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  fsyncSync(handle);
  closeSync(handle);
}

function unusedMark(directory: string): string {
  return join(directory, "unused");
}

export function isUnused(directory: string): boolean {
  return existsSync(unusedMark(directory));
}

export function markUsed(directory: string): void {
  rmSync(unusedMark(directory), { force: true });
}

export function readValidatorKey(directory: string): BlsKeystore | undefined {
  const file = validatorKeyFile(directory);
  if (!existsSync(file)) return undefined;
  try {
    const { size } = statSync(file);
    const { fileSizeMax } = keystoreLimits;
    if (size > fileSizeMax) {
      throw trellisErrors.FILE_UNREADABLE({
        what: "key file",
        file,
        reason: `larger than ${fileSizeMax} bytes`,
      });
    }
    return parseBlsKeystore(readFileSync(file, "utf8"));
  } catch (error) {
    if (isTrellisError(error, "FILE_UNREADABLE")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNREADABLE({ what: "key file", file, reason }, error);
  }
}

export async function openValidatorKey(
  directory: string,
  password: () => Promise<string>,
): Promise<Uint8Array> {
  const keystore = readValidatorKey(directory);
  if (keystore === undefined)
    throw trellisErrors.VALIDATOR_KEY_MISSING({ file: validatorKeyFile(directory) });
  return decryptBlsKeystore(keystore, await password());
}

/** Only the owner may read the file. Never overwrites. */
export async function createValidatorKey(
  directory: string,
  password: string,
  random: Random,
): Promise<BlsKeystore> {
  const secret = blsSecretFromSeed(random.bytes(32));
  const keystore = await encryptBlsKeystore(secret, password, random);
  secret.fill(0);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(validatorKeyFile(directory), `${blsKeystoreToJson(keystore)}\n`, {
    mode: 0o600,
    flag: "wx",
    flush: true,
  });
  writeFileSync(unusedMark(directory), "", { mode: 0o600, flush: true });
  return keystore;
}
