import type { Scheduler } from "@trellis/base";
import type { ChainView, Hash, PoolView, TransactionIntake } from "@trellis/protocol";

const HOLD_MS = 250;

/** Saves tools from polling for receipts. Delays at most one response at a time. */
export function answerWhenMined(
  intake: TransactionIntake,
  chain: Pick<ChainView, "locate" | "subscribe">,
  pool: Pick<PoolView, "get" | "nextNonce">,
  { scheduler, isOn }: { readonly scheduler: Scheduler; readonly isOn: () => boolean },
): TransactionIntake {
  let isHolding = false;
  const isNext = (hash: Hash): boolean => {
    const pooled = pool.get(hash);
    return pooled !== undefined && pooled.transaction.nonce < pool.nextNonce(pooled.sender);
  };
  const mined = async (hash: Hash): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = scheduler.after(HOLD_MS, resolve);
    const unsubscribe = chain.subscribe(() => {
      if (chain.locate(hash) !== undefined) resolve();
    });
    await promise;
    timer.cancel();
    unsubscribe();
  };
  return {
    async submit(encoded, options) {
      const hash = await intake.submit(encoded, options);
      if (isHolding || !isOn() || !isNext(hash)) return hash;
      isHolding = true;
      await mined(hash);
      isHolding = false;
      return hash;
    },
  };
}
