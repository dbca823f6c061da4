import type { Session, SessionStore } from "../auth/Session.ts";

export function createMemorySessionStore(): SessionStore {
  const sessions = new Map<string, Session>();
  const remove = (isRemoved: (session: Session) => boolean): number => {
    const removed = [...sessions.values()].filter(isRemoved);
    for (const { id } of removed) sessions.delete(id);
    return removed.length;
  };
  return {
    async insert(session) {
      sessions.set(session.id, session);
    },
    async find(id) {
      return sessions.get(id);
    },
    async list({ principalId, beforeId, nowMs }, limit) {
      return [...sessions.values()]
        .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
        .filter((session) => principalId === undefined || session.principalId === principalId)
        .filter(({ id }) => beforeId === undefined || id < beforeId)
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },
    async touch(id, seenAtMs) {
      const known = sessions.get(id);
      if (known !== undefined)
        sessions.set(id, { ...known, lastSeenAtMs: Math.max(seenAtMs, known.lastSeenAtMs) });
    },
    async end(id) {
      const known = sessions.get(id);
      sessions.delete(id);
      return known;
    },
    endAll: async (principalId) => remove((session) => session.principalId === principalId),
    sweep: async (nowMs) => remove(({ expiresAtMs }) => expiresAtMs <= nowMs),
  };
}
