import { bytesToHex, hexToBytes } from "@trellis/base";
import { sha256 } from "@trellis/crypto";
import { z } from "zod";
import { signerErrors } from "../keyServices/errors.ts";
import { DIGEST_SIZES } from "../keys/algorithms.ts";
import type { SignerKeys } from "./SignerKey.ts";
import type { SigningOperation } from "./SigningOperation.ts";

const body = z.strictObject({
  payload: z
    .string()
    .regex(/^0x(?:[0-9a-f]{2}){0,60000}$/)
    .transform((text) => hexToBytes(text)),
});

/** The signer must understand messages of these purposes (votes, transactions). */
const READ_PURPOSES: readonly string[] = ["validator", "account", "anchor"];

/** Signs records, log heads and webhooks whose prefix is permitted. */
export function createMessageOperation(keys: SignerKeys): SigningOperation {
  return {
    name: "sign",
    async admit({ key, permission, body: given }) {
      const { payload } = read(given);
      if (DIGEST_SIZES[key.algorithm] !== undefined || READ_PURPOSES.includes(key.purpose))
        throw signerErrors.SIGNER_REFUSED({ rule: "operation", key: key.id, operation: "sign" });
      const text = Buffer.from(payload.subarray(0, 256)).toString("latin1");
      const { prefixes } = permission;
      if (
        prefixes.length > 0 &&
        !prefixes.some((prefix) => text.startsWith(Buffer.from(prefix).toString("latin1")))
      )
        throw signerErrors.SIGNER_REFUSED({ rule: "prefix", key: key.id });
      return {
        subject: `message:${bytesToHex(sha256(payload))}`,
        facts: { size: String(payload.length) },
        answer: () => keys.sign(key, payload),
      };
    },
  };
}

/** Signs bare digests, whose content the client must check. */
export function createDigestOperation(keys: SignerKeys): SigningOperation {
  return {
    name: "digest",
    async admit({ key, body: given }) {
      const { payload } = read(given);
      if (payload.length !== DIGEST_SIZES[key.algorithm])
        throw signerErrors.SIGNER_REFUSED({ rule: "operation", key: key.id, operation: "digest" });
      return {
        subject: `digest:${bytesToHex(payload)}`,
        facts: {},
        answer: () => keys.sign(key, payload),
      };
    },
  };
}

function read(given: unknown): { readonly payload: Uint8Array } {
  const parsed = body.safeParse(given);
  if (parsed.success) return parsed.data;
  throw signerErrors.SIGNER_MESSAGE_INVALID({ at: parsed.error.issues[0]?.path.join(".") ?? "" });
}
