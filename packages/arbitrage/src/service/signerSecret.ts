import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@trellis/base";
import type { LiveSettings } from "@trellis/platform/config";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

const SECRET_SIZE = 32;
const SECRET = /^(?:[0-9a-fA-F]{2}){32,128}$/;

function signerSecretFile(dataDir: string): string {
  return join(dataDir, "signer.secret");
}

const SECRETS_MAX = 4;

/**
 * One secret per line, newest first.
 * @param random creates a missing secret (signer only)
 * @throws SECRET_UNREADABLE
 */
export async function signerSecrets(
  { dataDir, signerSecretFrom }: Pick<ArbitrageServiceSettings, "dataDir" | "signerSecretFrom">,
  io: ProcessIo,
  random?: Random,
): Promise<readonly Uint8Array[]> {
  const file = signerSecretFile(dataDir);
  if (signerSecretFrom === "" && random !== undefined) makeSecret(dataDir, file, random);
  const text = await readSecret(signerSecretFrom || `file:${file}`, "Secret of the signer", io);
  const lines = text.trim().split(/\s+/);
  if (lines.length > SECRETS_MAX || !lines.every((line) => SECRET.test(line)))
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: text.trim().length });
  return lines.map((line) => new Uint8Array(Buffer.from(line, "hex")));
}

function makeSecret(dataDir: string, file: string, random: Random): void {
  if (existsSync(file)) return;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const text = Buffer.from(random.bytes(SECRET_SIZE)).toString("hex");
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: "wx", flush: true });
}

/** SIGHUP reloads the secrets; unreadable secrets change nothing. @throws SECRET_UNREADABLE */
export async function followSignerSecrets(
  settings: Pick<ArbitrageServiceSettings, "dataDir" | "signerSecretFrom">,
  live: Pick<LiveSettings<object>, "onReload"> | undefined,
  io: ProcessIo,
  random?: Random,
): Promise<() => readonly Uint8Array[]> {
  let held = await signerSecrets(settings, io, random);
  live?.onReload(async () => {
    const next = await signerSecrets(settings, io);
    return () => {
      held = next;
    };
  }, "always");
  return () => held;
}
