import { LruMap } from "@trellis/base";
import type { IdempotencyStore, IdempotentRequest, StoredAnswer } from "./IdempotencyStore.ts";

interface Entry {
  readonly fingerprint: string;
  readonly untilMs: number;
  readonly answer: StoredAnswer | undefined;
}

/** For tests and devnets. */
export function createMemoryIdempotencyStore(bytesMax = 67_108_864): IdempotencyStore {
  const entries = new LruMap<string, Entry>(bytesMax, ({ answer }) => 256 + (answer?.body.length ?? 0));
  const nameOf = ({ owner, key }: IdempotentRequest): string => `${owner} ${key}`;
  return {
    async begin(request, nowMs, leaseUntilMs) {
      const known = entries.get(nameOf(request));
      if (known !== undefined && known.untilMs > nowMs) {
        if (known.fingerprint !== request.fingerprint) return { kind: "reused" };
        return known.answer === undefined ? { kind: "running" } : { kind: "answered", answer: known.answer };
      }
      const { fingerprint } = request;
      entries.set(nameOf(request), { fingerprint, untilMs: leaseUntilMs, answer: undefined });
      return { kind: "begun" };
    },
    async finish(request, answer, keepUntilMs) {
      entries.set(nameOf(request), { fingerprint: request.fingerprint, untilMs: keepUntilMs, answer });
    },
    async abandon(request) {
      entries.delete(nameOf(request));
    },
  };
}
