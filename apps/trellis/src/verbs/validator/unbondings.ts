import { Staking } from "@trellis/contracts";
import { type Abi, parseEventLogs } from "viem";
import type { Sent, StakingClient } from "./stakingClient.ts";

interface Unbonding {
  readonly unbondEpoch: number;
  readonly tokens: bigint;
  readonly releaseEpoch: number;
}

export function unbondedBy({ logs }: Pick<Sent, "logs">): Unbonding {
  const [unbonded] = parseEventLogs({ abi: Staking.abi as Abi, eventName: "Unbonded", logs: [...logs] });
  const { epoch, tokens, releaseEpoch } = unbonded!.args as unknown as Record<
    "epoch" | "tokens" | "releaseEpoch",
    bigint
  >;
  return { unbondEpoch: Number(epoch), tokens, releaseEpoch: Number(releaseEpoch) };
}

const EPOCHS_AT_ONCE = 128;

/** Reads contract state, because the node may have pruned the events. */
export async function unbondingsOf(
  client: Pick<StakingClient, "read">,
  validator: string,
): Promise<Unbonding[]> {
  const epoch = Number(await client.read("epoch"));
  const found: Unbonding[] = [];
  for (let from = 0; from <= epoch; from += EPOCHS_AT_ONCE) {
    const count = Math.min(EPOCHS_AT_ONCE, epoch - from + 1);
    const epochs = Array.from({ length: count }, (_, index) => from + index);
    found.push(...(await Promise.all(epochs.map((at) => unbondingIn(client, validator, at)))));
  }
  return found.filter(({ tokens }) => tokens > 0n);
}

async function unbondingIn(
  client: Pick<StakingClient, "read">,
  validator: string,
  unbondEpoch: number,
): Promise<Unbonding> {
  const values = [validator, validator, BigInt(unbondEpoch)];
  const [tokens, releaseEpoch] = await client.read<readonly [bigint, bigint]>("unbondingOf", values);
  return { unbondEpoch, tokens, releaseEpoch: Number(releaseEpoch) };
}
