import type { AuditEntry, AuditHead, AuditStore } from "../audit/AuditEntry.ts";

export function createMemoryAuditStore(entries: AuditEntry[] = []): AuditStore {
  const head = (): AuditHead | undefined => {
    const last = entries.at(-1);
    return last && { sequence: last.sequence, hash: last.hash };
  };
  return {
    head: async () => head(),
    async append(next) {
      const entry = next(head());
      entries.push(entry);
      return entry;
    },
    async read(fromSequence, limit) {
      return entries.filter(({ sequence }) => sequence >= fromSequence).slice(0, limit);
    },
  };
}
