import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { signerErrors } from "@trellis/platform/keys";
import { createEnvelope, type Envelope, readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { loadKeys, type OpenedKeys, parseHeldKeys, withHeldKeys } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import type { SignerFlags } from "./settings.ts";

export interface SignerPlaces {
  readonly keys: string;
  readonly protection: string;
  readonly audit: string;
  readonly access: string;
  readonly envelopeKey: string;
  readonly tls: string;
  readonly server: string;
  readonly nextServer: string;
  readonly clients: string;
}

export function placesOf({ dataDir, accessFile }: Pick<SignerFlags, "dataDir" | "accessFile">): SignerPlaces {
  return {
    keys: join(dataDir, "keys"),
    protection: join(dataDir, "protection"),
    audit: join(dataDir, "audit.jsonl"),
    access: accessFile || join(dataDir, "access.yaml"),
    envelopeKey: join(dataDir, "envelope.key"),
    tls: join(dataDir, "tls"),
    server: join(dataDir, "tls", "server.pem"),
    nextServer: join(dataDir, "tls", "server.next.pem"),
    clients: join(dataDir, "clients"),
  };
}

/** Includes keys at holders that the access file lists. [SIGNER-8] */
export async function openKeys(settings: SignerFlags, io: ProcessIo): Promise<OpenedKeys> {
  const { keys, access } = placesOf(settings);
  const stored = loadKeys(keys, await openEnvelope(settings, io));
  const held = existsSync(access) ? parseHeldKeys(contentOf(access)) : new Map<string, string>();
  return withHeldKeys(stored, held, io);
}

export function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const hint = "`trellis signer init` creates it";
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: `file cannot be read: ${hint}`, path }, error);
  }
}

export async function openEnvelope(settings: SignerFlags, io: ProcessIo): Promise<Envelope> {
  const from = settings.envelopeKeysFrom || `file:${placesOf(settings).envelopeKey}`;
  const lines = (await readSecret(from, "Envelope keys", io)).trim().split(/\s+/);
  return createEnvelope(
    lines.map((line) => {
      const digits = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(line)?.[1];
      if (digits === undefined)
        throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: line.length });
      return new Uint8Array(Buffer.from(digits, "hex"));
    }),
    systemRandom,
  );
}
