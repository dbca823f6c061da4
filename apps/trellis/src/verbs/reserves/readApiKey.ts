import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { trellisErrors } from "../../errors.ts";

/** What stands behind `Bearer` in a header: an API key or a token. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** @throws API_KEY_UNSENDABLE, and as readSecret */
export async function readApiKey(reference: string, io: ProcessIo): Promise<string> {
  const key = (await readSecret(reference, "API key (--api-key-from)", io)).trim();
  // The text is a secret, so the error does not repeat it.
  if (!SENDABLE.test(key)) {
    const [from, lines] = [reference === "" ? "the terminal" : reference, key.split("\n").length];
    throw trellisErrors.API_KEY_UNSENDABLE({ from, characters: key.length, lines });
  }
  return key;
}
