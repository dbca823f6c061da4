import { readFileSync } from "node:fs";
import type { Environment } from "../config/index.ts";
import type { ProcessIo } from "../service/ServiceIo.ts";
import { REFERENCE, REFERENCE_FORMS } from "../service/settings/reference.ts";
import { secretsErrors } from "./errors.ts";
import { resolveSecret } from "./resolveSecret.ts";

/** No password, key or mnemonic is longer. bytes */
const SECRET_SIZE_MAX = 4_096;

/**
 * The secret behind a reference, `env:NAME`, `file:PATH` (whose last line end does not count) or
 * `vault:MOUNT/PATH#FIELD`, or asked for when the reference is empty.
 * @throws SECRET_UNREADABLE, SECRET_EMPTY, PROMPT_IMPOSSIBLE, PROMPT_CANCELLED, and what reading Vault throws
 */
export async function readSecret(reference: string, question: string, io: ProcessIo): Promise<string> {
  const secret =
    reference === "" ? await io.askSecret(question) : await referenced(reference, io.environment);
  if (secret === "") throw secretsErrors.SECRET_EMPTY({ secret: reference === "" ? question : reference });
  return secret;
}

/**
 * An address, which may hold a credential: as it is, or behind a reference.
 * @throws SECRET_UNREADABLE, and as readSecret
 */
export async function readAddress(place: string, question: string, io: ProcessIo): Promise<string> {
  if (/^(?:https?|smtps?):\/\//.test(place)) return place;
  if (!REFERENCE.test(place)) {
    // What is no reference may be the secret itself: it is not told.
    const reason = `neither an address nor ${REFERENCE_FORMS}`;
    throw secretsErrors.SECRET_UNREADABLE({ what: question, reason });
  }
  return (await readSecret(place, question, io)).trim();
}

async function referenced(reference: string, environment: Environment): Promise<string> {
  if (reference.startsWith("vault:")) return resolveSecret(reference, { environment });
  const [, kind, place] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  if (kind === "env" && place !== undefined) {
    const value = environment[place];
    if (value === undefined) throw secretsErrors.SECRET_UNREADABLE({ variable: place, reason: "not set" });
    return value;
  }
  return contentOf(place ?? "");
}

function contentOf(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw secretsErrors.SECRET_UNREADABLE({ file, reason }, error);
  }
  if (bytes.length > SECRET_SIZE_MAX) {
    throw secretsErrors.SECRET_UNREADABLE({ file, reason: `longer than ${SECRET_SIZE_MAX} bytes` });
  }
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
}
