import { bytesToHex, hexToBytes } from "@trellis/base";
import { blsProvePossession, blsPublicKey } from "@trellis/crypto";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import type { Address } from "@trellis/protocol";
import { type Account, formatEther, parseEther } from "viem";
import { trellisErrors } from "../../errors.ts";
import { openValidatorKey } from "./keyFile.ts";
import type { ValidatorSettings } from "./settings.ts";
import { openAccount, type Sent, StakingClient } from "./stakingClient.ts";
import { unbondedBy, unbondingsOf } from "./unbondings.ts";

export type ActionResult = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export async function register(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  if (settings.stake === "") throw stakeMissing();
  const client = new StakingClient(settings.rpc);
  const secret = await openValidatorKey(settings.validatorDir, () =>
    readSecret(settings.passwordFrom, "Password of the validator's key", io),
  );
  const account = await openAccount(settings, io);
  const proof = blsProvePossession(secret, hexToBytes(account.address.toLowerCase() as Address));
  const publicKey = blsPublicKey(secret);
  secret.fill(0);
  const values = [bytesToHex(publicKey), bytesToHex(proof), settings.commission];
  const sent = await client.send(account, "register", values, parseEther(settings.stake));
  return {
    ...sentResult(account, sent),
    publicKey: bytesToHex(publicKey),
    stakeCoins: settings.stake,
    votesFromEpoch: (await client.epochAt(sent.block)) + 1,
  };
}

/** [STAKE-6] */
export async function exit(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const { client, account } = await opened(settings, io);
  const shares = await client.read<bigint>("sharesOf", [account.address, account.address]);
  const sent = await client.send(account, "unbond", [account.address, shares]);
  const { tokens, releaseEpoch } = unbondedBy(sent);
  return {
    ...sentResult(account, sent),
    unbondingCoins: formatEther(tokens),
    withdrawableFromEpoch: releaseEpoch,
  };
}

export async function withdraw(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const { client, account } = await opened(settings, io);
  const epoch = Number(await client.read("epoch"));
  const unbondings = await unbondingsOf(client, account.address);
  const due = unbondings.filter(({ releaseEpoch }) => releaseEpoch <= epoch);
  if (due.length === 0) {
    const next = unbondings.at(0)?.releaseEpoch;
    throw trellisErrors.NOTHING_TO_WITHDRAW({ epoch, ...(next === undefined ? {} : { from: next }) });
  }
  let last: Sent | undefined;
  for (const { unbondEpoch } of due) {
    last = await client.send(account, "withdraw", [account.address, BigInt(unbondEpoch)]);
  }
  const sum = due.reduce((total, { tokens }) => total + tokens, 0n);
  return { ...sentResult(account, last!), withdrawnCoins: formatEther(sum) };
}

export async function claim(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const { client, account } = await opened(settings, io);
  const rewards = await client.read<bigint>("rewardsOf", [account.address, account.address]);
  const sent = await client.send(account, "claim", [account.address]);
  return { ...sentResult(account, sent), claimedCoins: formatEther(rewards) };
}

/** [STAKE-5] */
export async function stake(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  if (settings.stake === "") throw stakeMissing();
  const { client, account } = await opened(settings, io);
  const { address } = account;
  const sent = await client.send(account, "stake", [address], parseEther(settings.stake));
  const own = await client.read<bigint>("stakeOf", [address, address]);
  return { ...sentResult(account, sent), addedCoins: settings.stake, stakeCoins: formatEther(own) };
}

/** Delegators can leave before a commission takes effect. [STAKE-4] */
export async function commission(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const { client, account } = await opened(settings, io);
  const sent = await client.send(account, "setCommission", [settings.announced]);
  const { nextCommission, commissionEpoch } = await client.read<{
    readonly nextCommission: bigint;
    readonly commissionEpoch: bigint;
  }>("validatorOf", [account.address]);
  return {
    ...sentResult(account, sent),
    commissionBasisPoints: Number(nextCommission),
    holdsFromEpoch: Number(commissionEpoch),
  };
}

/** [STAKE-3] */
export async function rejoin(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const { client, account } = await opened(settings, io);
  const sent = await client.send(account, "stand", []);
  return { ...sentResult(account, sent), votesFromEpoch: (await client.epochAt(sent.block)) + 1 };
}

/** [STAKE-16] */
export async function unjail(settings: ValidatorSettings, io: ProcessIo): Promise<ActionResult> {
  const { client, account } = await opened(settings, io);
  const sent = await client.send(account, "unjail", []);
  return { ...sentResult(account, sent), votesFromEpoch: (await client.epochAt(sent.block)) + 1 };
}

async function opened(settings: ValidatorSettings, io: ProcessIo) {
  return { client: new StakingClient(settings.rpc), account: await openAccount(settings, io) };
}

export function sentResult(account: Account, { transaction, block }: Sent): ActionResult {
  return { validator: account.address, transaction, block: Number(block) };
}

function stakeMissing() {
  const expected = "--stake COINS, at least the network's minimum own stake";
  return trellisErrors.INPUT_INVALID({ what: "stake", expected });
}
