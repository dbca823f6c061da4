import type { Scheduler } from "@trellis/base";
import type { ChainView, Hash, PoolView, TransactionIntake } from "@trellis/protocol";

const HOLD_MS = 10_000;
const HELD_MAX = 1_000;

/** Tools read the state that their transaction made, without asking for its receipt. */
export function answerWhenMined(
  intake: TransactionIntake,
  chain: Pick<ChainView, "nextBaseFee">,
  pool: Pick<PoolView, "get" | "nextNonce" | "subscribe">,
  { scheduler, isOn }: { readonly scheduler: Scheduler; readonly isOn: () => boolean },
): TransactionIntake {
  const held = new Map<Hash, () => void>();
  // Mined transactions leave the pool too.
  pool.subscribe((event) => {
    if (event.kind !== "added") held.get(event.transaction.transaction.hash)?.();
  });
  const isNext = (hash: Hash): boolean => {
    const pooled = pool.get(hash);
    if (pooled === undefined) return false;
    const { nonce, maxFeePerGas } = pooled.transaction;
    return nonce < pool.nextNonce(pooled.sender) && maxFeePerGas >= chain.nextBaseFee();
  };
  const mined = async (hash: Hash): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = scheduler.after(HOLD_MS, resolve);
    held.set(hash, resolve);
    await promise;
    held.delete(hash);
    timer.cancel();
  };
  return {
    async submit(encoded, options) {
      const hash = await intake.submit(encoded, options);
      if (isOn() && isNext(hash) && held.size < HELD_MAX) await mined(hash);
      return hash;
    },
  };
}
