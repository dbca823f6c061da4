import { existsSync, readFileSync, statSync } from "node:fs";
import { type KeyWrapping, openWrapping, passphraseWrapping, writeKeyFile } from "@trellis/platform/keys";
import { readSecret } from "@trellis/platform/secrets";
import {
  openSealed,
  parseSealedFile,
  rotateSealedFile,
  SEALED_FILE_SIZE_MAX,
  SEALED_NAME,
  type SealedFile,
  sealedFileToText,
  sealSecret,
  wrappingOf,
} from "@trellis/platform/secrets/sealed";
import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";
import type { SecretsAction, SecretsSettings } from "./settings.ts";

type Action = (settings: SecretsSettings, io: ProcessIo) => Promise<void>;

const actions: Readonly<Record<SecretsAction, Action>> = { seal, open, list, rotate };

export async function run(settings: SecretsSettings, io: ProcessIo): Promise<void> {
  await actions[settings.action](settings, io);
}

async function seal(settings: SecretsSettings, io: ProcessIo): Promise<void> {
  const { file: path, name, valueFrom } = settings;
  if (!SEALED_NAME.test(name))
    throw trellisErrors.INPUT_INVALID({ input: "NAME", expected: "1 to 128 of A-Z a-z 0-9 _ . -" });
  const held = existsSync(path) ? readSealed(path) : undefined;
  const wrapping = await heldWrapping(held, settings, io);
  const value = await readSecret(valueFrom, `Secret ${name}`, io);
  const sealed = await sealSecret(held, { name, value }, { wrapping, random: systemRandom });
  writeKeyFile(path, sealedFileToText(sealed));
  print({ reference: `sealed:${path}#${name}` }, settings, io);
}

async function open(settings: SecretsSettings, io: ProcessIo): Promise<void> {
  const held = readSealed(settings.file);
  const wrapping = await heldWrapping(held, settings, io);
  const value = await openSealed(held, settings.name, { wrapping, random: systemRandom });
  if (settings.json) io.stdout.write(`${JSON.stringify({ value })}\n`);
  else io.stdout.write(`${value}\n`);
}

async function list(settings: SecretsSettings, io: ProcessIo): Promise<void> {
  const { secrets, wrapping } = readSealed(settings.file);
  const names = Object.keys(secrets).sort();
  if (settings.json) io.stdout.write(`${JSON.stringify({ names, wrappedBy: wrapping.kind })}\n`);
  else for (const name of names) io.stdout.write(`${name}\n`);
}

async function rotate(settings: SecretsSettings, io: ProcessIo): Promise<void> {
  const { file: path, newPassphraseFrom, newWrappedBy } = settings;
  const held = readSealed(path);
  const from = await heldWrapping(held, settings, io);
  const places = { passphraseFrom: newPassphraseFrom, wrappingKey: newWrappedBy };
  const to = (await openWrapping(places, systemRandom, io)) ?? from;
  const rotated = await rotateSealedFile(held, { from, to, random: systemRandom });
  writeKeyFile(path, sealedFileToText(rotated));
  print({ rotated: String(Object.keys(rotated.secrets).length) }, settings, io);
}

function readSealed(path: string): SealedFile {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined || size > SEALED_FILE_SIZE_MAX)
    throw trellisErrors.FILE_UNREADABLE({
      what: "sealed file",
      file: path,
      reason: size === undefined ? "not there" : `larger than ${SEALED_FILE_SIZE_MAX} bytes`,
    });
  return parseSealedFile(readFileSync(path, "utf8"));
}

/** An existing file keeps its wrapping; a new file gets a passphrase. */
async function heldWrapping(
  held: SealedFile | undefined,
  { passphraseFrom, wrappedBy }: SecretsSettings,
  io: ProcessIo,
): Promise<KeyWrapping> {
  const { SEALED_PASSPHRASE, SEALED_PASSPHRASE_FILE } = io.environment;
  const isPassphrase = held === undefined ? wrappedBy === "" : held.wrapping.kind === "passphrase";
  if (held !== undefined && !isPassphrase) return wrappingOf(held.wrapping, io.environment);
  if (!isPassphrase) return requireWrapping({ passphraseFrom: "", wrappingKey: wrappedBy }, io);
  const known = SEALED_PASSPHRASE_FILE ? `file:${SEALED_PASSPHRASE_FILE}` : "env:SEALED_PASSPHRASE";
  const place = SEALED_PASSPHRASE || SEALED_PASSPHRASE_FILE ? known : "";
  const from = passphraseFrom || place;
  if (from !== "") return requireWrapping({ passphraseFrom: from, wrappingKey: "" }, io);
  return passphraseWrapping(await readSecret("", "Passphrase of the sealed file", io), {
    random: systemRandom,
  });
}

async function requireWrapping(
  places: Parameters<typeof openWrapping>[0],
  io: ProcessIo,
): Promise<KeyWrapping> {
  return (await openWrapping(places, systemRandom, io)) as KeyWrapping;
}

function print(facts: Readonly<Record<string, string>>, { json }: SecretsSettings, io: ProcessIo): void {
  if (json) io.stdout.write(`${JSON.stringify(facts)}\n`);
  else for (const [name, value] of Object.entries(facts)) io.stdout.write(`${name.padEnd(12)}${value}\n`);
}
