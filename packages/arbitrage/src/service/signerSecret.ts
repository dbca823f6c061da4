import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@trellis/base";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

const SECRET_SIZE = 32;

function signerSecretFile(dataDir: string): string {
  return join(dataDir, "signer.secret");
}

/**
 * From the reference or the data directory.
 * @param random creates a missing secret (signer only)
 * @throws SECRET_UNREADABLE
 */
export async function signerSecret(
  { dataDir, signerSecretFrom }: Pick<ArbitrageServiceSettings, "dataDir" | "signerSecretFrom">,
  io: ProcessIo,
  random?: Random,
): Promise<Uint8Array> {
  const file = signerSecretFile(dataDir);
  if (signerSecretFrom === "" && random !== undefined) makeSecret(dataDir, file, random);
  const text = await readSecret(signerSecretFrom || `file:${file}`, "Secret of the signer", io);
  const digits = /^(?:[0-9a-fA-F]{2}){32,128}$/.exec(text.trim())?.[0];
  if (digits === undefined)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: text.trim().length });
  return new Uint8Array(Buffer.from(digits, "hex"));
}

function makeSecret(dataDir: string, file: string, random: Random): void {
  if (existsSync(file)) return;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const text = Buffer.from(random.bytes(SECRET_SIZE)).toString("hex");
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: "wx", flush: true });
}
