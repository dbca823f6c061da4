import { createHash } from "node:crypto";
import type { AuditEntry } from "./AuditEntry.ts";

export const GENESIS_HASH = new Uint8Array(32);

const DOMAIN = "trellis audit entry 1";

/** SHA-256 of the fields as a JSON array, with facts sorted by name. */
export function entryHash(entry: Omit<AuditEntry, "hash">): Uint8Array {
  const { sequence, timeMs, actor, action, subject, outcome, correlationId, facts, previousHash } = entry;
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  const previous = Buffer.from(previousHash).toString("hex");
  const fields = [DOMAIN, sequence, timeMs, actor, action, subject, outcome, correlationId, sorted, previous];
  return new Uint8Array(createHash("sha256").update(JSON.stringify(fields)).digest());
}
