import type { Address, NetworkParameters } from "@trellis/protocol";
import { GOVERNED, type GovernedValues } from "../governance/governed.ts";

export interface GenesisValidator {
  readonly address: Address;
  readonly key: Uint8Array;
  /** `blsProvePossession(secret, address)` */
  readonly proof: Uint8Array;
  readonly stakeWei: bigint;
  readonly commissionBasisPoints: number;
}

export interface StakingGenesis {
  readonly validators: readonly GenesisValidator[];
  readonly values?: Partial<GovernedValues>;
  /** Share of the stake that must vote for a proposal or abstain. */
  readonly quorumBasisPoints?: number;
  readonly timeFloorSeconds?: number;
}

const COIN = 10n ** 18n;
const DAY_SECONDS = 86_400;
const QUORUM_DEFAULT_BASIS_POINTS = 3_334;

/** Default: a third, as much as can stop finality. */
export function quorumAtGenesis({ quorumBasisPoints = QUORUM_DEFAULT_BASIS_POINTS }: StakingGenesis): bigint {
  return BigInt(quorumBasisPoints);
}

/** Default: a day, so that no decision passes overnight. */
export function timeFloorAtGenesis({ timeFloorSeconds = DAY_SECONDS }: StakingGenesis): bigint {
  return BigInt(timeFloorSeconds);
}

/** Ordered by parameter id. [GOV-1] [GOV-2] */
export function governedAtGenesis(network: NetworkParameters, staking: StakingGenesis): readonly bigint[] {
  const timeFloor = timeFloorAtGenesis(staking);
  const values: GovernedValues = {
    gasLimit: network.gasLimit,
    treasuryShareBasisPoints: BigInt(network.treasuryShareBasisPoints),
    // A tenth of the miners' reward; an epoch is half a day at one chain block per second.
    rewardsPerEpochWei: 8_640n * COIN,
    epochLengthBlocks: 43_200n,
    mempoolFloorWei: network.baseFeeMin,
    equivocationSlashBasisPoints: 500n,
    downtimeSlashBasisPoints: 1n,
    // Certificates need only two thirds of the power: slow validators miss many, offline validators all.
    participationMinBasisPoints: 1_000n,
    jailEpochs: 2n,
    // Two weeks: determines how long light clients trust a checkpoint.
    unbondingEpochs: 28n,
    activeSetSize: 64n,
    selfStakeMinWei: 1_000n * COIN,
    votingDelaySeconds: timeFloor,
    votingPeriodSeconds: 7n * timeFloor,
    timelockDelaySeconds: 2n * timeFloor,
    proposalThresholdBasisPoints: 50n,
    ...staking.values,
  };
  return GOVERNED.map((name) => values[name]);
}
