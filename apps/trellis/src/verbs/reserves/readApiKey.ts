import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";

/** Characters allowed in bearer credentials. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** @throws SECRET_UNREADABLE if the text cannot be an API key, and the errors of readSecret */
export async function readApiKey(reference: string, io: ProcessIo): Promise<string> {
  const key = (await readSecret(reference, "API key (--api-key-from)", io)).trim();
  // The error must not contain the text, which may be a secret.
  if (!SENDABLE.test(key)) {
    const what = reference === "" ? "API key on the terminal" : reference;
    const reason = "an API key is one line without spaces; nothing was sent";
    throw secretsErrors.SECRET_UNREADABLE({
      what,
      reason,
      characters: key.length,
      lines: key.split("\n").length,
    });
  }
  return key;
}
