import { join } from "node:path";
import { hexToBytes } from "@trellis/base";
import type { StakingGenesis } from "@trellis/contracts";
import { blsProvePossession, blsPublicKey, blsSecretFromSeed, sha256 } from "@trellis/crypto";
import { developmentAccounts } from "./developmentAccounts.ts";
import type { ValidatorSource } from "./openFinality.ts";

const COIN = 10n ** 18n;

/** Epochs last seconds instead of days. */
const VALUES = {
  epochLengthBlocks: 20n,
  rewardsPerEpochWei: 10n * COIN,
  unbondingEpochs: 2n,
  jailEpochs: 1n,
  selfStakeMinWei: 100n * COIN,
};
/**
 * The greatest. A shard's certificate counts only until its validators can have withdrawn their stake (SHARD-15):
 * after two epochs of seconds, a busy machine would be too late, and messages would wait for `finalityDepth` blocks.
 */
const SHARDED_UNBONDING_EPOCHS = 64n;
const TIME_FLOOR_SECONDS = 1;
const STAKE_WEI = 1_000n * COIN;
const COMMISSION_BASIS_POINTS = 500;

function developmentValidatorKey(index: number): Uint8Array {
  return blsSecretFromSeed(sha256(new TextEncoder().encode(`Trellis development validator ${index}`)));
}

export function developmentVotesDirectory(dataDir: string): string {
  return join(dataDir, "votes");
}

export function developmentValidator(index: number, dataDir: string | undefined): ValidatorSource {
  const directory = dataDir === undefined ? undefined : developmentVotesDirectory(dataDir);
  const key = developmentValidatorKey(index);
  return async (isHeld) => (isHeld(blsPublicKey(key)) ? [] : [{ key, directory, isNew: true }]);
}

export function developmentStaking(count: number, shards = 1): StakingGenesis {
  const { funded } = developmentAccounts(count);
  const validators = funded.map(({ address }, index) => {
    const secret = developmentValidatorKey(index);
    return {
      address,
      key: blsPublicKey(secret),
      proof: blsProvePossession(secret, hexToBytes(address)),
      stakeWei: STAKE_WEI,
      commissionBasisPoints: COMMISSION_BASIS_POINTS,
    };
  });
  const values = shards === 1 ? VALUES : { ...VALUES, unbondingEpochs: SHARDED_UNBONDING_EPOCHS };
  return { validators, values, timeFloorSeconds: TIME_FLOOR_SECONDS };
}
