import type { Environment } from "../config/index.ts";
import { secretsErrors } from "./errors.ts";
import { readVaultSecret, vaultPlaceOf } from "./readVaultSecret.ts";
import { REFERENCE, REFERENCE_FORMS } from "./reference.ts";
import { contentOf, SECRET_SIZE_MAX, variable, vaultAccess } from "./secretSources.ts";

export interface SecretIo {
  readonly environment: Environment;
  /** Prompts without echo. @throws SECRET_UNREADABLE */
  askSecret(question: string): Promise<string>;
}

/**
 * Reads `env:NAME`, `file:PATH` (without the last line break), `vault:MOUNT/PATH#FIELD` or
 * `sealed:FILE#NAME`. Prompts if the reference is empty.
 * @throws SECRET_UNREADABLE, SECRET_STORE_UNREACHABLE, and the errors of readSealedSecret
 */
export async function readSecret(
  reference: string,
  question: string,
  io: SecretIo,
  sizeMax = SECRET_SIZE_MAX,
): Promise<string> {
  const secret =
    reference === "" ? await io.askSecret(question) : await referenced(reference, io.environment, sizeMax);
  if (secret === "") {
    const what = reference === "" ? question : reference;
    throw secretsErrors.SECRET_UNREADABLE({ what, reason: "empty" });
  }
  return secret;
}

/** A prompt would delay reloads, and suspend a process in the background. */
export function withoutPrompt<Io extends SecretIo>(io: Io): Io {
  return {
    ...io,
    async askSecret(question: string) {
      throw secretsErrors.SECRET_UNREADABLE({ reason: "prompts only at the start", question });
    },
  };
}

/** @param place URL, or reference to a URL @throws the errors of readSecret */
export async function readAddress(place: string, question: string, io: SecretIo): Promise<string> {
  if (/^(?:https?|smtps?):\/\//.test(place)) return place;
  if (!REFERENCE.test(place)) {
    // The text may be a misplaced secret.
    const reason = `neither an address nor ${REFERENCE_FORMS}`;
    throw secretsErrors.SECRET_UNREADABLE({ what: question, reason });
  }
  return (await readSecret(place, question, io)).trim();
}

async function referenced(reference: string, environment: Environment, sizeMax: number): Promise<string> {
  const [, kind, place = ""] = /^(env|file|vault|sealed):(.+)$/s.exec(reference) ?? [];
  if (kind === "env") return variable(place, environment);
  if (kind === "file") return (await contentOf(place, sizeMax)).replace(/\r?\n$/, "");
  if (kind === "sealed") {
    const { readSealedSecret } = await import("./sealed/readSealedSecret.ts");
    return readSealedSecret(place, environment);
  }
  const secret = kind === "vault" ? vaultPlaceOf(place) : undefined;
  if (secret === undefined) throw secretsErrors.SECRET_UNREADABLE({ reason: `not ${REFERENCE_FORMS}` });
  return readVaultSecret(secret, await vaultAccess(environment));
}
