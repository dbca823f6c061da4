import { readFile, stat } from "node:fs/promises";
import { secretsErrors } from "./errors.ts";
import { readVaultSecret, type VaultAccess, vaultPlaceOf } from "./readVaultSecret.ts";
import { openSecrets } from "./sealedFile.ts";

interface SecretSources {
  /** The environment, as the composition root hands it on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of encrypted files: a reference itself, `env:` or `file:`. */
  readonly password?: string;
}

const REFERENCE = /^(env|file|sealed|vault):(.+)$/s;
/** Anyone but the owner. */
const OTHERS_MODE = 0o077;

/**
 * Reads what a reference points to: `env:NAME`, `file:PATH` (one secret, a last line break is not part of it), or
 * `sealed:PATH#NAME` in an encrypted file, or `vault:MOUNT/PATH#FIELD` in Vault at VAULT_ADDR, with the token of
 * VAULT_TOKEN or of the file VAULT_TOKEN_FILE. Values never stand in configuration.
 * @throws SECRET_REFERENCE_INVALID, SECRET_MISSING, SECRET_FILE_EXPOSED, SECRET_FILE_UNREADABLE,
 *   SECRET_STORE_REFUSED, SECRET_STORE_UNREACHABLE
 */
export async function resolveSecret(reference: string, sources: SecretSources): Promise<string> {
  const [, scheme, place] = REFERENCE.exec(reference) ?? [];
  // What is no reference may be the secret itself: it is not told.
  if (scheme === undefined || place === undefined) throw secretsErrors.SECRET_REFERENCE_INVALID();
  if (scheme === "env") return fromEnvironment(place, sources);
  if (scheme === "file") return (await readPrivate(place)).replace(/\r?\n$/, "");
  if (scheme === "vault") {
    const secret = vaultPlaceOf(place);
    if (secret === undefined)
      throw secretsErrors.SECRET_REFERENCE_INVALID({ scheme, needs: "MOUNT/PATH#FIELD" });
    return readVaultSecret(secret, await vaultAccess(sources));
  }
  const [, path, name] = /^(.+)#([^#]+)$/s.exec(place) ?? [];
  if (path === undefined || name === undefined || sources.password === undefined) {
    throw secretsErrors.SECRET_REFERENCE_INVALID({ scheme, needs: "PATH#NAME and a password reference" });
  }
  if (sources.password.startsWith("sealed:"))
    throw secretsErrors.SECRET_REFERENCE_INVALID({ scheme: "sealed" });
  const password = await resolveSecret(sources.password, sources);
  const secret = (await openSecrets(await readPrivate(path), password)).get(name);
  if (secret === undefined) throw secretsErrors.SECRET_MISSING({ path, name });
  return secret;
}

function fromEnvironment(name: string, { environment }: SecretSources): string {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value === undefined || value === "") throw secretsErrors.SECRET_MISSING({ variable: name });
  return value;
}

/** As Vault's own program reads them; a file is what its agent writes. */
async function vaultAccess(sources: SecretSources): Promise<VaultAccess> {
  const { VAULT_TOKEN_FILE: file, VAULT_NAMESPACE: namespace } = sources.environment;
  return {
    address: fromEnvironment("VAULT_ADDR", sources),
    token: file === undefined ? fromEnvironment("VAULT_TOKEN", sources) : (await readPrivate(file)).trim(),
    namespace,
  };
}

async function readPrivate(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & OTHERS_MODE) !== 0) {
      throw secretsErrors.SECRET_FILE_EXPOSED({ path, mode: (mode & 0o777).toString(8) });
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "SECRET_FILE_EXPOSED") throw error;
    throw secretsErrors.SECRET_MISSING({ path }, error);
  }
}
