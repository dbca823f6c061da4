import type { ContractFunctionRevertedError } from "viem";
import { formatEther } from "viem";
import { trellisErrors } from "../../errors.ts";

/** Rules of docs/spec/staking.md, by the contract's error. */
const RULES: Readonly<Record<string, string>> = {
  AlreadyCandidate: "the validator is a candidate already (STAKE-3)",
  CandidatesFull: "all 256 places are taken, and the pool is not greater than that of the weakest (STAKE-3)",
  CommissionStepTooGreat: "a commission changes by at most 500 basis points at once (STAKE-4)",
  CommissionTooHigh: "a commission is at most the whole reward (STAKE-4)",
  KeyNotProven: "the proof of possession does not verify for this key and account (STAKE-2)",
  KeyTaken: "a key registers once, for one account (STAKE-2)",
  NothingStaked: "the stake or its shares are worth nothing (STAKE-5)",
  NothingToClaim: "there are no rewards to claim (STAKE-9)",
  NothingUnbonding: "nothing of that epoch is unbonding (STAKE-6)",
  NotJailed: "only a jailed validator can unjail (STAKE-16)",
  SelfStakeTooLow: "the own stake is below the network's minimum, selfStakeMinWei (STAKE-3)",
  SharesInsufficient: "the account owns fewer shares than it would unbond (STAKE-6)",
  UnbondingNotOver: "unbonding stake can be withdrawn from the named epoch on (STAKE-6)",
  ValidatorJailed: "a jailed validator can unjail from the named epoch on (STAKE-16)",
  ValidatorRegisteredAlready: "an account registers once (STAKE-2)",
  ValidatorTombstoned: "a validator that signed two votes is excluded permanently (STAKE-17)",
  ValidatorUnknown: "the account is not registered as a validator (STAKE-2)",
};

/** Values of these errors are wei. */
const OF_WEI: ReadonlySet<string> = new Set(["SelfStakeTooLow", "CandidatesFull"]);

/** States the rule and its values, such as "got 50 coins, min 1000 coins". */
export function stakingRefusal({ data, shortMessage }: ContractFunctionRevertedError): Error {
  const { errorName = "", abiItem, args = [] } = data ?? {};
  const inputs = abiItem !== undefined && "inputs" in abiItem ? abiItem.inputs : [];
  const shown = (value: unknown): string =>
    OF_WEI.has(errorName) && typeof value === "bigint" ? `${formatEther(value)} coins` : String(value);
  return trellisErrors.STAKING_REFUSED({
    reason: errorName === "" ? shortMessage : errorName,
    rule: RULES[errorName],
    values: args.map((value, index) => `${inputs[index]?.name ?? ""} ${shown(value)}`.trim()).join(", "),
  });
}
