import type { Clock } from "@trellis/base";
import { authErrors } from "../auth/errors.ts";
import { httpErrors } from "../http/errors.ts";
import { NONCE_MS, type NonceStore } from "../http/signatures/index.ts";
import type { CounterStore } from "./SharedLimits.ts";

const NONCES_MAX = 262_144;

/**
 * Nonces of one process. Refuses signatures that were created before its start, because an earlier process may
 * have accepted them.
 */
export function createNonceStore({ clock }: { readonly clock: Clock }): NonceStore {
  const startMs = clock.nowMs();
  const used = new Map<string, number>();
  return {
    async use(keyId, nonce, untilMs) {
      if (untilMs - NONCE_MS < startMs)
        throw httpErrors.SIGNATURE_INVALID({ reason: "created before the start of this process" });
      const nowMs = clock.nowMs();
      // About in the order of expiry.
      for (const [name, endMs] of used) {
        if (endMs > nowMs) break;
        used.delete(name);
      }
      const name = `${keyId} ${nonce}`;
      if (used.has(name)) return false;
      if (used.size >= NONCES_MAX) throw httpErrors.OVERLOADED({ nonces: used.size });
      used.set(name, untilMs);
      return true;
    },
  };
}

/** Nonces of several processes: each may count once. */
export function createSharedNonceStore(counters: CounterStore): NonceStore {
  return {
    async use(keyId, nonce) {
      try {
        const entry = { key: `nonce ${keyId} ${nonce}`, cost: 1, limit: 1 };
        const { totals } = await counters.count([entry], NONCE_MS);
        return totals[0]!.isCounted;
      } catch (error) {
        throw authErrors.IDENTITY_PROVIDER_UNREACHABLE({ reason: "nonces of signatures unreachable" }, error);
      }
    },
  };
}
