/** Only append: Parameters.sol uses the same order. [GOV-1] */
export const GOVERNED = [
  "gasLimit",
  "treasuryShareBasisPoints",
  "rewardsPerEpochWei",
  "epochLengthBlocks",
  "mempoolFloorWei",
  "equivocationSlashBasisPoints",
  "downtimeSlashBasisPoints",
  "participationMinBasisPoints",
  "jailEpochs",
  "unbondingEpochs",
  "activeSetSize",
  "selfStakeMinWei",
  "votingDelaySeconds",
  "votingPeriodSeconds",
  "timelockDelaySeconds",
  "proposalThresholdBasisPoints",
] as const;

export type Governed = (typeof GOVERNED)[number];

export type GovernedValues = Readonly<Record<Governed, bigint>>;
