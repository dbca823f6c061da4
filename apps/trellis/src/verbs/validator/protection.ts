import { readFileSync, statSync, writeFileSync } from "node:fs";
import { bytesToHex, isTrellisError } from "@trellis/base";
import { exportProtection, importProtection, PROTECTION_BYTES_MAX } from "@trellis/chain";
import { trellisErrors } from "../../errors.ts";
import { isUnused, markUsed, readValidatorKey, validatorKeyFile } from "./keyFile.ts";
import type { ValidatorSettings } from "./settings.ts";
import type { ActionResult } from "./stake.ts";

/** Exports or imports slashing protection. [FINAL-14] */
export async function protection({
  protection: asked,
  validatorDir,
}: ValidatorSettings): Promise<ActionResult> {
  const { way, file } = asked!;
  return way === "export" ? exported(validatorDir, file) : imported(validatorDir, file);
}

async function exported(directory: string, file: string): Promise<ActionResult> {
  const text = await exportProtection(directory, { isUnused: isUnused(directory) });
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    throw trellisErrors.FILE_UNWRITABLE({ ...factsOf(file), reason: reasonOf(error) }, error);
  }
  return { file, exported: true };
}

async function imported(directory: string, file: string): Promise<ActionResult> {
  const keystore = readValidatorKey(directory);
  if (keystore === undefined)
    throw trellisErrors.VALIDATOR_KEY_MISSING({ file: validatorKeyFile(directory) });
  const { height, round, step } = await importProtection(directory, keystore.publicKey, read(file));
  markUsed(directory);
  return { publicKey: bytesToHex(keystore.publicKey), lastHeight: height, lastRound: round, lastStep: step };
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
