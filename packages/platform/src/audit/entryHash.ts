import { createHash } from "node:crypto";
import type { AuditEntry } from "./AuditEntry.ts";

export const GENESIS_HASH = new Uint8Array(32);

const DOMAIN = "trellis audit entry 1";

/**
 * SHA-256 of the entry's fields as a JSON array in a fixed order, facts sorted by name. JSON.stringify writes
 * strings and safe integers in exactly one way, so that this is an encoding and not only a rendering.
 */
export function entryHash(entry: Omit<AuditEntry, "hash">): Uint8Array {
  const { sequence, timeMs, actor, action, subject, outcome, correlationId, facts, previousHash } = entry;
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  const previous = Buffer.from(previousHash).toString("hex");
  const fields = [DOMAIN, sequence, timeMs, actor, action, subject, outcome, correlationId, sorted, previous];
  return new Uint8Array(createHash("sha256").update(JSON.stringify(fields)).digest());
}
