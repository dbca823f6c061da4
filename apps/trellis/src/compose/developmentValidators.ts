import { hexToBytes } from "@trellis/base";
import type { StakingGenesis } from "@trellis/contracts";
import { blsProvePossession, blsPublicKey, blsSecretFromSeed, sha256 } from "@trellis/crypto";
import { developmentAccounts } from "./developmentAccounts.ts";

const COIN = 10n ** 18n;

/** What a network on one machine begins with: everything that takes days elsewhere takes seconds. */
const VALUES = {
  epochLengthBlocks: 20n,
  rewardsPerEpochWei: 10n * COIN,
  unbondingEpochs: 2n,
  jailEpochs: 1n,
  selfStakeMinWei: 100n * COIN,
};
const TIME_FLOOR_SECONDS = 1;
const STAKE_WEI = 1_000n * COIN;
const COMMISSION_BASIS_POINTS = 500;

/** The key that votes for a development account; everybody knows it. 32 bytes. */
export function developmentValidatorKey(index: number): Uint8Array {
  return blsSecretFromSeed(sha256(new TextEncoder().encode(`Trellis development validator ${index}`)));
}

/** The first `count` development accounts are validators with equal stake. */
export function developmentStaking(count: number): StakingGenesis {
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
  return { validators, values: VALUES, timeFloorSeconds: TIME_FLOOR_SECONDS };
}
