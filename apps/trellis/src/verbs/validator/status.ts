import { hexToBytes, isTrellisError } from "@trellis/base";
import { checksumAddress } from "@trellis/crypto";
import type { ProcessIo } from "@trellis/platform/service";
import { formatEther } from "viem";
import type { ValidatorSettings } from "./settings.ts";
import type { ActionResult } from "./stake.ts";
import { accountAddress, StakingClient } from "./stakingClient.ts";
import { type Registered, signingOf, standingOf } from "./standing.ts";
import { unbondingsOf } from "./unbondings.ts";

interface Finality {
  readonly epoch: number;
  readonly isFinalizing: boolean;
  readonly lagBlocks: number;
  readonly self: number | null;
  readonly signing: "listening" | "signing" | "stopped" | null;
  readonly listeningFor?: string | null;
  readonly finalized: { readonly height: number; readonly number: string };
  readonly validators: readonly {
    readonly address: string;
    readonly power: string;
    readonly signed: number;
    readonly missed: number;
  }[];
}

export async function status(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const client = new StakingClient(settings.rpc);
  const subject = settings.subject === "" ? settings : { ...settings, account: settings.subject };
  const validator = await accountAddress(subject, io);
  const [finality, registered] = await Promise.all([
    client.ask<Finality | null>("trellis_getFinality"),
    registrationOf(client, validator),
  ]);
  return {
    validator: checksumAddress(hexToBytes(validator)),
    ...(registered === undefined
      ? { standing: "not registered" }
      : await stakeOf(client, validator, registered, finality)),
    ...(finality === null ? {} : finalityOf(finality)),
  };
}

async function registrationOf(client: StakingClient, validator: string): Promise<Registered | undefined> {
  try {
    return await client.read<Registered>("validatorOf", [validator]);
  } catch (error) {
    if (isTrellisError(error, "STAKING_REFUSED") && error.facts.reason === "ValidatorUnknown")
      return undefined;
    throw error;
  }
}

async function stakeOf(
  client: StakingClient,
  validator: string,
  registered: Registered,
  finality: Finality | null,
): Promise<ActionResult> {
  const own = [validator, validator];
  const [epoch, stake, rewards, [pool], unbondings] = await Promise.all([
    client.read<number>("epoch"),
    client.read<bigint>("stakeOf", own),
    client.read<bigint>("rewardsOf", own),
    client.read<readonly [bigint, bigint]>("poolOf", [validator]),
    unbondingsOf(client, validator),
  ]);
  const member = finality?.validators.find(({ address }) => address.toLowerCase() === validator);
  const unbonding = unbondings.reduce((sum, { tokens }) => sum + tokens, 0n);
  return {
    standing: standingOf(registered, member !== undefined, Number(epoch)),
    publicKey: registered.key,
    commissionBasisPoints: Number(registered.commission),
    stakeCoins: formatEther(stake),
    poolCoins: formatEther(pool),
    rewardsCoins: formatEther(rewards),
    unbondingCoins: formatEther(unbonding),
    withdrawableFromEpoch: unbondings.at(0)?.releaseEpoch ?? null,
    votingCoins: formatEther(BigInt(member?.power ?? 0)),
    signed: member?.signed ?? 0,
    missed: member?.missed ?? 0,
    // Only the validator's own node can report whether it signs.
    ...(finality !== null && member !== undefined && finality.validators[finality.self ?? -1] === member
      ? { signing: signingOf(finality) }
      : {}),
  };
}

function finalityOf({ epoch, isFinalizing, finalized, lagBlocks }: Finality): ActionResult {
  return {
    epoch,
    isFinalizing,
    checkpointHeight: finalized.height,
    finalBlock: Number(finalized.number),
    lagBlocks,
  };
}
