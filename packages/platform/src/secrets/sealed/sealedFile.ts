import type { Random } from "@trellis/base";
import { z } from "zod";
import { createEnvelope } from "../createEnvelope.ts";
import { secretsErrors } from "../errors.ts";
import { type KeyWrapping, type WrappedKey, wrappedKey } from "../KeyWrapping.ts";

/** [SEAL-1] */
export interface SealedFile {
  readonly wrapping: WrappedKey;
  /** Base64 by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

export const SEALED_NAME = /^[\w.-]{1,128}$/;
export const SEALED_FILE_SIZE_MAX = 1_048_576;
const KEY_SIZE = 32;

const sealedText = z.object({
  format: z.literal(1),
  wrapping: wrappedKey,
  secrets: z.record(z.string().regex(SEALED_NAME), z.base64().max(16_384)),
});

/** Errors do not quote the text. @throws SECRET_UNREADABLE */
export function parseSealedFile(text: string): SealedFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw secretsErrors.SECRET_UNREADABLE({ what: "sealed file", reason: "not JSON" });
  }
  const parsed = sealedText.safeParse(json);
  if (parsed.success) return parsed.data;
  throw secretsErrors.SECRET_UNREADABLE({ what: "sealed file", reason: "malformed" });
}

export function sealedFileToText({ wrapping, secrets }: SealedFile): string {
  const document: z.input<typeof sealedText> = { format: 1, wrapping, secrets };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** @throws the errors of KeyWrapping */
export async function sealSecret(
  file: SealedFile | undefined,
  { name, value }: { readonly name: string; readonly value: string },
  { wrapping, random }: { readonly wrapping: KeyWrapping; readonly random: Random },
): Promise<SealedFile> {
  const key = file === undefined ? random.bytes(KEY_SIZE) : await wrapping.unwrap(file.wrapping);
  const wrapped = file?.wrapping ?? (await wrapping.wrap(key));
  const sealed = createEnvelope([key], random).seal(contextOf(name), Buffer.from(value));
  const secrets = { ...file?.secrets, [name]: Buffer.from(sealed).toString("base64") };
  return { wrapping: wrapped, secrets };
}

/** @throws SECRET_UNREADABLE, ENVELOPE_BROKEN, ENVELOPE_KEY_UNKNOWN, and the errors of KeyWrapping */
export async function openSealed(
  file: SealedFile,
  name: string,
  { wrapping, random }: { readonly wrapping: KeyWrapping; readonly random: Random },
): Promise<string> {
  const sealed = Object.hasOwn(file.secrets, name) ? file.secrets[name] : undefined;
  if (sealed === undefined) throw secretsErrors.SECRET_UNREADABLE({ name, reason: "not there" });
  const key = await wrapping.unwrap(file.wrapping);
  const plain = createEnvelope([key], random).open(contextOf(name), Buffer.from(sealed, "base64"));
  return new TextDecoder().decode(plain);
}

/** Encrypts all secrets under a new key. [SEAL-2] @throws the errors of openSealed */
export async function rotateSealedFile(
  file: SealedFile,
  { from, to, random }: { readonly from: KeyWrapping; readonly to: KeyWrapping; readonly random: Random },
): Promise<SealedFile> {
  const old = createEnvelope([await from.unwrap(file.wrapping)], random);
  const key = random.bytes(KEY_SIZE);
  const fresh = createEnvelope([key], random);
  const secrets = Object.entries(file.secrets).map(([name, sealed]) => {
    const plain = old.open(contextOf(name), Buffer.from(sealed, "base64"));
    return [name, Buffer.from(fresh.seal(contextOf(name), plain)).toString("base64")];
  });
  return { wrapping: await to.wrap(key), secrets: Object.fromEntries(secrets) };
}

function contextOf(name: string): string {
  return `sealed/${name}`;
}
