import { readFile, stat } from "node:fs/promises";
import type { Environment } from "../config/index.ts";
import { secretsErrors } from "./errors.ts";
import type { VaultAccess } from "./readVaultSecret.ts";

/** Bytes. */
export const SECRET_SIZE_MAX = 4_096;
const OTHERS_MODE = 0o077;

export function variable(name: string, environment: Environment): string {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value) return value;
  throw secretsErrors.SECRET_UNREADABLE({ variable: name, reason: value === "" ? "empty" : "not set" });
}

export async function vaultAccess(environment: Environment): Promise<VaultAccess> {
  const { VAULT_TOKEN_FILE: file, VAULT_NAMESPACE: namespace } = environment;
  const address = variable("VAULT_ADDR", environment);
  if (file === undefined) return { address, token: variable("VAULT_TOKEN", environment), namespace };
  const token = (await contentOf(file)).trim();
  const { mode } = await stat(file);
  if (process.platform !== "win32" && (mode & OTHERS_MODE) !== 0) {
    const reason = `readable by others (mode ${(mode & 0o777).toString(8)}): run chmod 600`;
    throw secretsErrors.SECRET_UNREADABLE({ file, reason });
  }
  return { address, token, namespace };
}

export async function contentOf(file: string, sizeMax = SECRET_SIZE_MAX): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw secretsErrors.SECRET_UNREADABLE({ file, reason }, error);
  });
  if (bytes.length > sizeMax) {
    throw secretsErrors.SECRET_UNREADABLE({ file, reason: `longer than ${sizeMax} bytes` });
  }
  return new TextDecoder().decode(bytes);
}
