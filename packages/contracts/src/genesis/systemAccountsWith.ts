import { bytesToBigint, bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import {
  type Address,
  type BlockContext,
  type ConstructAccounts,
  type Construction,
  forkAt,
  type GenesisAccount,
  type NetworkParameters,
  protocolErrors,
  type StateReader,
  ZERO_HASH,
} from "@trellis/protocol";
import { Parameters } from "../../generated/Parameters.ts";
import { ShardStaking } from "../../generated/ShardStaking.ts";
import { Staking } from "../../generated/Staking.ts";
import { Timelock } from "../../generated/Timelock.ts";
import { Treasury } from "../../generated/Treasury.ts";
import { TrellisGovernor } from "../../generated/TrellisGovernor.ts";
import {
  GOVERNOR_ADDRESS,
  PARAMETERS_ADDRESS,
  STAKING_ADDRESS,
  SYSTEM_ADDRESS,
  TIMELOCK_ADDRESS,
  TREASURY_ADDRESS,
} from "../addresses.ts";
import { contractsErrors } from "../errors.ts";
import { readParameters } from "../governance/readParameters.ts";
import { readEpoch } from "../staking/readEpoch.ts";
import { encodeAbi } from "../storage/encodeAbi.ts";
import {
  governedAtGenesis,
  quorumAtGenesis,
  type StakingGenesis,
  timeFloorAtGenesis,
} from "./StakingGenesis.ts";

export interface GenesisContracts {
  readonly staking: StakingGenesis;
  readonly construct: ConstructAccounts;
}

/**
 * Runs the constructors, so that storage and immutables match a deployment. [STAKE-1]
 * @throws GENESIS_CONTRACT_REFUSED with the contract's error, PARAMETERS_INVALID
 */
export function systemAccountsWith(
  network: NetworkParameters,
  { staking, construct }: GenesisContracts,
): readonly GenesisAccount[] {
  // Order matters: the Governor's constructor reads Staking's clock.
  const constructions = [
    parametersConstruction(network, staking),
    stakingConstruction(network, staking),
    construction(TIMELOCK_ADDRESS, Timelock.bytecode),
    construction(GOVERNOR_ADDRESS, TrellisGovernor.bytecode, encodeAbi([quorumAtGenesis(staking)])),
    construction(TREASURY_ADDRESS, Treasury.bytecode),
  ];
  const { accounts, state } = constructAtGenesis(network, construct, constructions);
  checkHandover(network, state);
  return accounts;
}

/** @throws GENESIS_CONTRACT_REFUSED with the contract's error */
export function constructAtGenesis(
  network: NetworkParameters,
  construct: ConstructAccounts,
  constructions: readonly Construction[],
): { readonly accounts: readonly GenesisAccount[]; readonly state: StateReader } {
  const built = construct(contextOfGenesis(network), SYSTEM_ADDRESS, constructions);
  if (built.kind === "done") return built;
  const { address, outcome, output } = built;
  throw contractsErrors.GENESIS_CONTRACT_REFUSED({ address, outcome, data: bytesToHex(output) });
}

/** The values must permit the handover, before which governance cannot change them. [STAKE-18] */
function checkHandover({ finalityDepth, handover }: NetworkParameters, state: StateReader): void {
  const { epochLengthBlocks, activeSetSize } = readParameters(state)!;
  const { membersMin } = handover;
  const isPossible = epochLengthBlocks >= finalityDepth && activeSetSize >= membersMin;
  if (readEpoch(state).isHandedOver || isPossible) return;
  throw protocolErrors.PARAMETERS_INVALID({
    field: "handover",
    reason: "validators could never take over finality",
    epochLengthBlocks,
    finalityDepth,
    activeSetSize,
    membersMin,
  });
}

function parametersConstruction(network: NetworkParameters, staking: StakingGenesis): Construction {
  const values = { array: governedAtGenesis(network, staking) };
  return construction(
    PARAMETERS_ADDRESS,
    Parameters.bytecode,
    encodeAbi([values, timeFloorAtGenesis(staking)]),
  );
}

function stakingConstruction(
  { handover, shards }: NetworkParameters,
  { validators }: StakingGenesis,
): Construction {
  const structs = validators.map(({ address, key, proof, stakeWei, commissionBasisPoints }) => ({
    struct: [bytesToBigint(hexToBytes(address)), key, proof, stakeWei, BigInt(commissionBasisPoints)],
  }));
  const value = validators.reduce((sum, { stakeWei }) => sum + stakeWei, 0n);
  return construction(
    STAKING_ADDRESS,
    (shards === undefined ? Staking : ShardStaking).bytecode,
    encodeAbi([{ array: structs }, BigInt(handover.membersMin), handover.stakeMinWei]),
    value,
  );
}

function construction(
  address: Address,
  bytecode: Hex,
  encoded: Uint8Array = new Uint8Array(0),
  value = 0n,
): Construction {
  return { address, initCode: concatBytes(hexToBytes(bytecode), encoded), value };
}

function contextOfGenesis({ chainId, forks, gasLimit, genesis }: NetworkParameters): BlockContext {
  return {
    chainId,
    number: 0n,
    timestamp: BigInt(Math.floor(genesis.timestampMs / 1_000)),
    gasLimit,
    baseFee: 0n,
    prevRandao: ZERO_HASH,
    fork: forkAt(forks, 0),
    blockHash: () => ZERO_HASH,
  };
}
