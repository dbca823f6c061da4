import type { StakingClient } from "./stakingClient.ts";

/** What a validator took out of its own pool in an epoch and has not withdrawn. */
export interface Unbonding {
  readonly unbondEpoch: number;
  readonly tokens: bigint;
  /** From which on it can be withdrawn. */
  readonly releaseEpoch: number;
}

/** As long as unbonding ever takes; what is older was due long ago, and is found by this too. [GOV-1] */
const EPOCHS_BACK = 128;

/** Oldest first. */
export async function unbondingsOf(client: StakingClient, validator: string): Promise<Unbonding[]> {
  const epoch = Number(await client.read("epoch"));
  const from = Math.max(0, epoch - EPOCHS_BACK);
  const epochs = Array.from({ length: epoch - from + 1 }, (_, index) => from + index);
  const found = await Promise.all(
    epochs.map(async (unbondEpoch): Promise<Unbonding> => {
      const values = [validator, validator, BigInt(unbondEpoch)];
      const [tokens, releaseEpoch] = await client.read<readonly [bigint, bigint]>("unbondingOf", values);
      return { unbondEpoch, tokens, releaseEpoch: Number(releaseEpoch) };
    }),
  );
  return found.filter(({ tokens }) => tokens > 0n);
}
