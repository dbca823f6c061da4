import type { Clock } from "@trellis/base";
import { authErrors } from "../auth/errors.ts";
import { httpErrors } from "../http/errors.ts";
import { AHEAD_MS_MAX, NONCE_MS, type NonceStore } from "../http/signatures/index.ts";
import type { CounterStore } from "./SharedLimits.ts";

/** Per key, so that no client locks out others. */
const NONCES_MAX = 262_144;

/**
 * Refuses signatures created before its start, which an earlier process may have accepted, and those that
 * expired before the clock was set back.
 */
export function createNonceStore({ clock }: { readonly clock: Clock }): NonceStore {
  const startMs = clock.nowMs();
  let latestMs = startMs;
  const used = new Map<string, { readonly keyId: string; readonly endMs: number }>();
  const counts = new Map<string, number>();
  const count = (keyId: string, change: number): void => {
    counts.set(keyId, (counts.get(keyId) ?? 0) + change);
  };
  return {
    async use(keyId, nonce, untilMs) {
      if (untilMs - NONCE_MS < startMs)
        throw httpErrors.SIGNATURE_INVALID({ reason: "created before the start of this process" });
      latestMs = Math.max(latestMs, clock.nowMs());
      if (untilMs <= latestMs)
        throw httpErrors.SIGNATURE_INVALID({ reason: "created before the clock was set back" });
      // Entries are roughly ordered by expiry.
      for (const [name, { keyId: owner, endMs }] of used) {
        if (endMs > latestMs) break;
        used.delete(name);
        count(owner, -1);
      }
      const name = `${keyId} ${nonce}`;
      if (used.has(name)) return false;
      const nonces = counts.get(keyId) ?? 0;
      if (nonces >= NONCES_MAX) throw httpErrors.OVERLOADED({ nonces });
      used.set(name, { keyId, endMs: untilMs });
      count(keyId, 1);
      return true;
    },
  };
}

/** The first use may precede `created` by AHEAD_MS_MAX. */
const SHARED_MS = NONCE_MS + AHEAD_MS_MAX;

/** Accepts each nonce once across processes. */
export function createSharedNonceStore(counters: CounterStore): NonceStore {
  return {
    async use(keyId, nonce) {
      try {
        const entry = { key: `nonce ${keyId} ${nonce}`, cost: 1, limit: 1 };
        const { totals } = await counters.count([entry], SHARED_MS);
        return totals[0]!.isCounted;
      } catch (error) {
        throw authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason: "nonces of signatures unreachable" }, error);
      }
    },
  };
}
