import { bytesToHex } from "@trellis/base";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { createValidatorKey, readValidatorKey, validatorKeyFile } from "./keyFile.ts";
import { protection } from "./protection.ts";
import { rotate } from "./rotate.ts";
import type { ValidatorAction, ValidatorSettings } from "./settings.ts";
import {
  type ActionResult,
  claim,
  commission,
  exit,
  register,
  rejoin,
  stake,
  unjail,
  withdraw,
} from "./stake.ts";
import { status } from "./status.ts";

type Action = (settings: ValidatorSettings, io: ProcessIo) => Promise<ActionResult>;

const actions: Readonly<Record<ValidatorAction, Action>> = {
  keys,
  register,
  status,
  claim,
  stake,
  commission,
  rejoin,
  rotate,
  unjail,
  exit,
  withdraw,
  protection,
};

export async function run(settings: ValidatorSettings, io: ProcessIo): Promise<void> {
  const sentResult = await actions[settings.action](settings, io);
  io.stdout.write(settings.json ? `${JSON.stringify(sentResult)}\n` : linesOf(sentResult));
}

const PASSWORD_KEPT = "the key was there already: its password is the one that it was made with";

async function keys({ validatorDir, passwordFrom }: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const known = readValidatorKey(validatorDir);
  const keystore =
    known ?? (await createValidatorKey(validatorDir, await newPassword(passwordFrom, io), systemRandom));
  return {
    publicKey: bytesToHex(keystore.publicKey),
    file: validatorKeyFile(validatorDir),
    isNew: known === undefined,
    // The user may think that the password was changed.
    ...(known === undefined || passwordFrom === "" ? {} : { note: PASSWORD_KEPT }),
  };
}

async function newPassword(passwordFrom: string, io: ProcessIo): Promise<string> {
  const password = await readSecret(passwordFrom, "Password for the validator's key", io);
  if (passwordFrom === "" && (await io.askSecret("Password again")) !== password)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "the two passwords differ" });
  return password;
}

function linesOf(sentResult: ActionResult): string {
  const width = Math.max(...Object.keys(sentResult).map((name) => name.length)) + 2;
  return Object.entries(sentResult)
    .map(([name, value]) => `${name.padEnd(width)}${value ?? "none"}\n`)
    .join("");
}
