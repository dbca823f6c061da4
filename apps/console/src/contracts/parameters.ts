import { parseAbi } from "viem";

/** [GOV-1, GOV-2, GOV-3] */
export const parameters = {
  address: "0x0000000000000000000000000000000000005004",
  abi: parseAbi([
    "error NotTimelock(address caller)",
    "error ParameterOutOfBounds(uint256 id, uint256 value, uint256 min, uint256 max)",
    "function bounds(uint256 id) view returns (uint256 min, uint256 max)",
    "function get(uint256 id) view returns (uint256)",
    "function set(uint256 id, uint256 value)",
    "function valueAt(uint256 id, uint256 epoch) view returns (uint256)",
  ]),
} as const;

export const treasury = {
  address: "0x0000000000000000000000000000000000005002",
  abi: parseAbi([
    "error NotTimelock(address caller)",
    "error InsufficientBalance(uint256 balance, uint256 needed)",
    "function pay(address to, uint256 amount)",
  ]),
} as const;

type Unit =
  | "gas"
  | "basis points"
  | "coins"
  | "blocks"
  | "gwei per gas"
  | "epochs"
  | "validators"
  | "seconds";

export interface Governed {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
}

/** Indexed by parameter id (GOV-1). */
export const GOVERNED: readonly Governed[] = [
  { name: "gasLimit", title: "Block gas limit", unit: "gas" },
  { name: "treasuryShareBasisPoints", title: "Treasury share of the base fee", unit: "basis points" },
  { name: "rewardsPerEpochWei", title: "Rewards per epoch", unit: "coins" },
  { name: "epochLengthBlocks", title: "Epoch length", unit: "blocks" },
  { name: "mempoolFloorWei", title: "Minimum relay gas price", unit: "gwei per gas" },
  { name: "equivocationSlashBasisPoints", title: "Slashing for equivocation", unit: "basis points" },
  { name: "downtimeSlashBasisPoints", title: "Slashing for downtime", unit: "basis points" },
  { name: "participationMinBasisPoints", title: "Minimum participation", unit: "basis points" },
  { name: "jailEpochs", title: "Jail duration", unit: "epochs" },
  { name: "unbondingEpochs", title: "Unbonding period", unit: "epochs" },
  { name: "activeSetSize", title: "Active set size", unit: "validators" },
  { name: "selfStakeMinWei", title: "Minimum own stake", unit: "coins" },
  { name: "votingDelaySeconds", title: "Voting delay", unit: "seconds" },
  { name: "votingPeriodSeconds", title: "Voting period", unit: "seconds" },
  { name: "timelockDelaySeconds", title: "Timelock delay", unit: "seconds" },
  { name: "proposalThresholdBasisPoints", title: "Proposal threshold", unit: "basis points" },
];

export function decimalsOf(unit: Unit): number {
  return { coins: 18, "gwei per gas": 9 }[unit as string] ?? 0;
}
