import type { Scheduler } from "@trellis/base";
import type { ChainView, Hash, PoolView, TransactionIntake } from "@trellis/protocol";

const HOLD_MS = 10_000;
const HELD_MAX = 1_000;

export interface MiningIntake extends TransactionIntake {
  /** Undefined unless a transaction that was answered is not yet in a block. */
  readonly settled: () => Promise<void> | undefined;
}

/**
 * Tools read the state that their transaction made, without asking for its receipt. Either the answer waits for
 * the block, or, for an account of this node, the calls after it, while the client computes. [DEV-9]
 */
export function answerWhenMined(
  intake: TransactionIntake,
  chain: Pick<ChainView, "nextBaseFee">,
  pool: Pick<PoolView, "get" | "nextNonce" | "subscribe">,
  { scheduler, isOn }: { readonly scheduler: Scheduler; readonly isOn: () => boolean },
): MiningIntake {
  const held = new Map<Hash, () => void>();
  let answered: Promise<void> | undefined;
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
  const holdCalls = (until: Promise<void>): void => {
    const all = Promise.all([answered, until]).then(() => {
      if (answered === all) answered = undefined;
    });
    answered = all;
  };
  return {
    async submit(encoded, submission) {
      const hash = await intake.submit(encoded, submission);
      if (!isOn() || !isNext(hash) || held.size >= HELD_MAX) return hash;
      if (submission.sender === undefined) await mined(hash);
      else holdCalls(mined(hash));
      return hash;
    },
    settled: () => answered,
  };
}
