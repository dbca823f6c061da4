import type { AuditEntry, AuditStore } from "./AuditEntry.ts";

/** An audit log that ends with the process: for tests and a devnet. */
export function createMemoryAuditStore(entries: AuditEntry[] = []): AuditStore {
  return {
    async head() {
      const last = entries.at(-1);
      return last === undefined ? undefined : { sequence: last.sequence, hash: last.hash };
    },
    async append(entry) {
      if (entry.sequence !== entries.length) return false;
      entries.push(entry);
      return true;
    },
    async read(fromSequence, limit) {
      return entries.filter(({ sequence }) => sequence >= fromSequence).slice(0, limit);
    },
  };
}
