import { readFileSync } from "node:fs";
import type { ProcessIo } from "@trellis/platform/service";
import { reencryptKeys, writeDurably } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import { contentOf, openEnvelope, placesOf } from "./places.ts";
import type { SignerSettings } from "./settings.ts";

/**
 * Adds an envelope key, encrypts all keys under it, then removes earlier envelope keys. Can be repeated after
 * an interruption. If a reference supplies the envelope keys, the first key encrypts. [SIGNER-3]
 */
export async function rotateEnvelope(settings: SignerSettings, io: ProcessIo): Promise<object> {
  const { keys, envelopeKey } = placesOf(settings);
  const isOwn = settings.envelopeKeysFrom === "";
  if (isOwn) {
    const held = linesOf(contentOf(envelopeKey));
    const next = Buffer.from(systemRandom.bytes(32)).toString("hex");
    if (held.length === 1) await writeDurably(envelopeKey, `${[next, ...held].join("\n")}\n`);
  }
  const reencrypted = await reencryptKeys(keys, await openEnvelope(settings, io));
  if (isOwn) await writeDurably(envelopeKey, `${linesOf(readFileSync(envelopeKey, "utf8"))[0]}\n`);
  return { reencrypted, next: "SIGHUP to the signer" };
}

function linesOf(text: string): string[] {
  return text.trim().split(/\s+/);
}
