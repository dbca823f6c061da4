import { readFile, stat } from "node:fs/promises";
import type { Environment } from "../config/index.ts";
import { secretsErrors } from "./errors.ts";
import { readVaultSecret, type VaultAccess, vaultPlaceOf } from "./readVaultSecret.ts";
import { REFERENCE, REFERENCE_FORMS } from "./reference.ts";

export interface SecretIo {
  readonly environment: Environment;
  /** Reads from the terminal without echo. @throws SECRET_UNREADABLE */
  askSecret(question: string): Promise<string>;
}

/** bytes */
const SECRET_SIZE_MAX = 4_096;
const OTHERS_MODE = 0o077;

/**
 * Resolves `env:NAME`, `file:PATH` (without the last line end) or `vault:MOUNT/PATH#FIELD`; prompts if empty. Vault is
 * at VAULT_ADDR, with the token of VAULT_TOKEN or VAULT_TOKEN_FILE.
 * @throws SECRET_UNREADABLE, SECRET_STORE_UNREACHABLE
 */
export async function readSecret(reference: string, question: string, io: SecretIo): Promise<string> {
  const secret =
    reference === "" ? await io.askSecret(question) : await referenced(reference, io.environment);
  if (secret === "") {
    const what = reference === "" ? question : reference;
    throw secretsErrors.SECRET_UNREADABLE({ what, reason: "empty" });
  }
  return secret;
}

/**
 * A URL or a reference to one.
 * @throws as readSecret
 */
export async function readAddress(place: string, question: string, io: SecretIo): Promise<string> {
  if (/^(?:https?|smtps?):\/\//.test(place)) return place;
  if (!REFERENCE.test(place)) {
    // The text may be a misplaced secret: do not quote it.
    const reason = `neither an address nor ${REFERENCE_FORMS}`;
    throw secretsErrors.SECRET_UNREADABLE({ what: question, reason });
  }
  return (await readSecret(place, question, io)).trim();
}

async function referenced(reference: string, environment: Environment): Promise<string> {
  const [, kind, place = ""] = /^(env|file|vault):(.+)$/s.exec(reference) ?? [];
  if (kind === "env") return variable(place, environment);
  if (kind === "file") return (await contentOf(place)).replace(/\r?\n$/, "");
  const secret = kind === "vault" ? vaultPlaceOf(place) : undefined;
  if (secret === undefined) throw secretsErrors.SECRET_UNREADABLE({ reason: `not ${REFERENCE_FORMS}` });
  return readVaultSecret(secret, await vaultAccess(environment));
}

function variable(name: string, environment: Environment): string {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value) return value;
  throw secretsErrors.SECRET_UNREADABLE({ variable: name, reason: value === "" ? "empty" : "not set" });
}

async function vaultAccess(environment: Environment): Promise<VaultAccess> {
  const { VAULT_TOKEN_FILE: file, VAULT_NAMESPACE: namespace } = environment;
  const address = variable("VAULT_ADDR", environment);
  if (file === undefined) return { address, token: variable("VAULT_TOKEN", environment), namespace };
  const token = (await contentOf(file)).trim();
  const { mode } = await stat(file);
  if (process.platform !== "win32" && (mode & OTHERS_MODE) !== 0) {
    const reason = `others can read it (mode ${(mode & 0o777).toString(8)}): chmod 600 it`;
    throw secretsErrors.SECRET_UNREADABLE({ file, reason });
  }
  return { address, token, namespace };
}

async function contentOf(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw secretsErrors.SECRET_UNREADABLE({ file, reason }, error);
  });
  if (bytes.length > SECRET_SIZE_MAX) {
    throw secretsErrors.SECRET_UNREADABLE({ file, reason: `longer than ${SECRET_SIZE_MAX} bytes` });
  }
  return new TextDecoder().decode(bytes);
}
