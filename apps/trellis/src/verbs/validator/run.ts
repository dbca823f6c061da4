import { bytesToHex } from "@trellis/base";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { createValidatorKey, readValidatorKey, validatorDirectories, validatorKeyFile } from "./keyFile.ts";
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

const PASSWORD_KEPT = "the key already existed, with its original password";

async function keys({ validatorDir, passwordFrom }: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const known = validatorDirectories(validatorDir).map((directory) => ({
    publicKey: bytesToHex(readValidatorKey(directory)!.publicKey),
    file: validatorKeyFile(directory),
  }));
  const newest = known.pop();
  if (newest === undefined) {
    const password = await newPassword(passwordFrom, io);
    const { publicKey } = await createValidatorKey(validatorDir, password, systemRandom);
    return { publicKey: bytesToHex(publicKey), file: validatorKeyFile(validatorDir), isNew: true };
  }
  return {
    ...newest,
    isNew: false,
    ...(known.length === 0 ? {} : { olderKeys: known.map(({ publicKey, file }) => `${publicKey} ${file}`) }),
    // The user may expect that the new password applies to the existing key.
    ...(passwordFrom === "" ? {} : { note: PASSWORD_KEPT }),
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
    .map(([name, value]) => {
      const rows = [value ?? "none"].flat();
      return `${name.padEnd(width)}${rows.length === 0 ? "none" : rows.join(`\n${" ".repeat(width)}`)}\n`;
    })
    .join("");
}
