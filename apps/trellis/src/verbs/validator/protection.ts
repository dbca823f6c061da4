import { readFileSync, statSync, writeFileSync } from "node:fs";
import { bytesToHex, isTrellisError, type TrellisError } from "@trellis/base";
import {
  exportProtection,
  importProtection,
  mergeProtections,
  PROTECTION_BYTES_MAX,
  readProtection,
  removeRestoredMark,
  type SigningPosition,
} from "@trellis/chain";
import { trellisErrors } from "../../errors.ts";
import { isUnused, markUsed, readValidatorKey, validatorDirectories, validatorKeyFile } from "./keyFile.ts";
import type { ValidatorSettings } from "./settings.ts";
import type { ActionResult } from "./stake.ts";

/** Covers every key of the directory. [FINAL-14] */
export async function protection({
  protection: asked,
  validatorDir,
}: ValidatorSettings): Promise<ActionResult> {
  const { way, file } = asked!;
  return way === "export" ? exported(validatorDir, file) : imported(validatorDir, file);
}

async function exported(validatorDir: string, file: string): Promise<ActionResult> {
  const found = validatorDirectories(validatorDir);
  const texts: string[] = [];
  const nothingSigned: string[] = [];
  let refusal: TrellisError | undefined;
  for (const directory of found.length === 0 ? [validatorDir] : found) {
    try {
      texts.push(await exportProtection(directory, { isUnused: isUnused(directory) }));
    } catch (error) {
      if (!isTrellisError(error, "NOTHING_SIGNED")) throw error;
      refusal = error;
      nothingSigned.push(directory);
    }
  }
  if (texts.length === 0) throw refusal!;
  const text = mergeProtections(texts);
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    throw trellisErrors.FILE_UNWRITABLE({ ...factsOf(file), reason: reasonOf(error) }, error);
  }
  return { file, exported: true, publicKeys: [...readProtection(text).lastSigned.keys()], nothingSigned };
}

interface HeldKey {
  readonly directory: string;
  readonly publicKey: Uint8Array;
}

/** The file must cover every key that has signed. */
async function imported(validatorDir: string, file: string): Promise<ActionResult> {
  const held = validatorDirectories(validatorDir).map((directory) => ({
    directory,
    publicKey: readValidatorKey(directory)!.publicKey,
  }));
  if (held.length === 0) throw trellisErrors.VALIDATOR_KEY_MISSING({ file: validatorKeyFile(validatorDir) });
  const text = read(file);
  const { lastSigned } = readProtection(text);
  const isListed = ({ publicKey }: HeldKey): boolean => lastSigned.has(bytesToHex(publicKey));
  const listed = held.filter(isListed);
  const others = held.filter((key) => !isListed(key));
  for (const { directory, publicKey } of others) {
    const isExpected = listed.length > 0 && (await hasSignedNothing(directory));
    if (!isExpected) await importProtection(directory, publicKey, text);
  }
  const done: { readonly publicKey: string; readonly position: SigningPosition }[] = [];
  for (const { directory, publicKey } of listed) {
    const position = await importProtection(directory, publicKey, text);
    markUsed(directory);
    await removeRestoredMark(directory);
    done.push({ publicKey: bytesToHex(publicKey), position });
  }
  const { publicKey, position } = done.at(-1)!;
  const { height, round, step } = position;
  return {
    publicKey,
    lastHeight: height,
    lastRound: round,
    lastStep: step,
    olderKeys: done.slice(0, -1).map((one) => `${one.publicKey} ${positionText(one.position)}`),
    nothingSigned: others.map(({ directory }) => directory),
  };
}

async function hasSignedNothing(directory: string): Promise<boolean> {
  try {
    await exportProtection(directory, { isUnused: isUnused(directory) });
    return false;
  } catch (error) {
    if (isTrellisError(error, "NOTHING_SIGNED")) return true;
    if (isTrellisError(error, "VOTE_LOG_UNUSABLE")) return false;
    throw error;
  }
}

function positionText({ height, round, step }: SigningPosition): string {
  return `height ${height}, round ${round}, ${step}`;
}

function read(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > PROTECTION_BYTES_MAX) {
      throw trellisErrors.FILE_UNREADABLE({ ...factsOf(file), bytes: size, bytesMax: PROTECTION_BYTES_MAX });
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isTrellisError(error)) throw error;
    throw trellisErrors.FILE_UNREADABLE({ ...factsOf(file), reason: reasonOf(error) }, error);
  }
}

const factsOf = (file: string) => ({ what: "protection file", file });

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
