import { createHash } from "node:crypto";
import type { Random } from "@trellis/base";
import { authErrors } from "./errors.ts";

export const API_KEY_PREFIX = "trk_";

const ID_BYTES = 12;
const SECRET_BYTES = 32;
const PATTERN = /^trk_([A-Za-z0-9_-]{16})_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;

interface ParsedApiKey {
  readonly id: string;
  readonly secret: string;
}

export const API_KEY_SIZE = ID_BYTES + SECRET_BYTES;

export function apiKeyOf(bytes: Uint8Array): ParsedApiKey {
  const [id, secret] = [bytes.subarray(0, ID_BYTES), bytes.subarray(ID_BYTES, API_KEY_SIZE)];
  return { id: Buffer.from(id).toString("base64url"), secret: Buffer.from(secret).toString("base64url") };
}

export function newApiKeyId(random: Random): string {
  return Buffer.from(random.bytes(ID_BYTES)).toString("base64url");
}

export function newApiKeySecret(random: Random): string {
  return Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
}

export function formatApiKey({ id, secret }: ParsedApiKey): string {
  return `${API_KEY_PREFIX}${id}_${secret}${checksum(id, secret)}`;
}

/** The checksum detects typing errors without a database read. @throws API_KEY_UNKNOWN */
export function parseApiKey(text: string): ParsedApiKey {
  const [, id, secret, sum] = PATTERN.exec(text) ?? [];
  if (id === undefined || secret === undefined || sum !== checksum(id, secret)) {
    throw authErrors.API_KEY_UNKNOWN({ reason: "malformed" });
  }
  return { id, secret };
}

export function hashSecret(secret: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(secret).digest());
}

function checksum(id: string, secret: string): string {
  return createHash("sha256").update(`${API_KEY_PREFIX}${id}_${secret}`).digest("base64url").slice(0, 6);
}
