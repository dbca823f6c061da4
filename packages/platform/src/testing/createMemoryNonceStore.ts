import type { Clock } from "@trellis/base";
import type { NonceStore } from "../http/signatures/createSignatureVerifier.ts";

export function createMemoryNonceStore({ clock }: { readonly clock: Clock }): NonceStore {
  const used = new Map<string, number>();
  let sweepAt = 1_024;
  return {
    async use(keyId, nonce, untilMs) {
      const key = `${keyId} ${nonce}`;
      const nowMs = clock.nowMs();
      if ((used.get(key) ?? 0) > nowMs) return false;
      used.set(key, untilMs);
      if (used.size >= sweepAt) {
        for (const [old, until] of used) if (until <= nowMs) used.delete(old);
        sweepAt = Math.max(1_024, used.size * 2);
      }
      return true;
    },
  };
}
