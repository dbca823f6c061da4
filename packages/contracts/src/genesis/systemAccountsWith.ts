import { bytesToBigint, bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { createEngine, createEvm, MemoryState, readChanges } from "@trellis/evm";
import {
  type Address,
  type BlockContext,
  type CallRequest,
  type GenesisAccount,
  type NetworkParameters,
  type StateReader,
  ZERO_HASH,
} from "@trellis/protocol";
import { Parameters } from "../../generated/Parameters.ts";
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

interface Construction {
  readonly address: Address;
  readonly bytecode: Hex;
  readonly arguments: Uint8Array;
  /** wei */
  readonly value: bigint;
}

/** For all validators that can be candidates. */
const CONSTRUCTION_GAS = 1_000_000_000n;

/**
 * The accounts of staking and governance in a genesis block. Their constructors run in the project's own EVM, at
 * the addresses where the contracts will stand, so that storage and immutables are what they would be if they had
 * been deployed there. Equal input gives equal accounts. [STAKE-1]
 * @throws GENESIS_CONTRACT_REFUSED with the contract's error, HANDOVER_IMPOSSIBLE
 */
export function systemAccountsWith(
  network: NetworkParameters,
  staking: StakingGenesis,
): readonly GenesisAccount[] {
  const state = new MemoryState();
  const context = contextOfGenesis(network);
  // Each needs those before it: the Governor asks Staking for its clock.
  const constructions = [
    parametersConstruction(network, staking),
    stakingConstruction(network, staking),
    construction(TIMELOCK_ADDRESS, Timelock.bytecode),
    construction(GOVERNOR_ADDRESS, TrellisGovernor.bytecode, encodeAbi([quorumAtGenesis(staking)])),
    construction(TREASURY_ADDRESS, Treasury.bytecode),
  ];
  const accounts = constructions.map((each) => {
    construct(state, context, each);
    return accountAt(state, each.address);
  });
  checkHandover(network, state);
  return accounts;
}

/**
 * Nothing is governed before the handover, so what genesis says must admit one: the set that the block at finality depth
 * chose certifies while its epoch or the next one is the chain's. [STAKE-18]
 */
function checkHandover({ finalityDepth, handover }: NetworkParameters, state: StateReader): void {
  const { epochLengthBlocks, activeSetSize } = readParameters(state)!;
  const { membersMin } = handover;
  const isPossible = epochLengthBlocks >= finalityDepth && activeSetSize >= membersMin;
  if (readEpoch(state).isHandedOver || isPossible) return;
  throw contractsErrors.HANDOVER_IMPOSSIBLE({ epochLengthBlocks, finalityDepth, activeSetSize, membersMin });
}

function parametersConstruction(network: NetworkParameters, staking: StakingGenesis): Construction {
  const values = { array: governedAtGenesis(network, staking) };
  return construction(
    PARAMETERS_ADDRESS,
    Parameters.bytecode,
    encodeAbi([values, timeFloorAtGenesis(staking)]),
  );
}

function stakingConstruction({ handover }: NetworkParameters, { validators }: StakingGenesis): Construction {
  const structs = validators.map(({ address, key, proof, stakeWei, commissionBasisPoints }) => ({
    struct: [bytesToBigint(hexToBytes(address)), key, proof, stakeWei, BigInt(commissionBasisPoints)],
  }));
  const value = validators.reduce((sum, { stakeWei }) => sum + stakeWei, 0n);
  return construction(
    STAKING_ADDRESS,
    Staking.bytecode,
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
  return { address, bytecode, arguments: encoded, value };
}

/** Called as code of the address, a constructor writes the address's storage and returns its runtime code. */
function construct(state: MemoryState, context: BlockContext, built: Construction): void {
  const { address, bytecode, value } = built;
  state.setBalance(SYSTEM_ADDRESS, value);
  state.setCode(address, concatBytes(hexToBytes(bytecode), built.arguments));
  const request: CallRequest = {
    from: SYSTEM_ADDRESS,
    to: address,
    gasLimit: CONSTRUCTION_GAS,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    value,
    data: new Uint8Array(0),
    accessList: [],
  };
  const { outcome, output } = createEvm({ random }).observeCall(
    { state, context, coinbase: SYSTEM_ADDRESS, request },
    {},
  );
  if (outcome !== "success") {
    throw contractsErrors.GENESIS_CONTRACT_REFUSED({ address, outcome, data: bytesToHex(output) });
  }
  const engine = createEngine({ random });
  engine.setState(state);
  engine.setContext(context, { baseFee: 0n });
  engine.setRecipients(SYSTEM_ADDRESS, SYSTEM_ADDRESS);
  engine.runCall(request);
  state.apply(readChanges(engine));
  state.setCode(address, output);
}

function accountAt(state: MemoryState, address: Address): GenesisAccount {
  return {
    address,
    balance: state.account(address)?.balance ?? 0n,
    nonce: 1n,
    code: state.codeAt(address),
    storage: new Map([...state.storageOf(address)].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function contextOfGenesis({ chainId, gasLimit, genesis }: NetworkParameters): BlockContext {
  return {
    chainId,
    number: 0n,
    timestamp: BigInt(Math.floor(genesis.timestampMs / 1_000)),
    gasLimit,
    baseFee: 0n,
    prevRandao: ZERO_HASH,
    blockHash: () => ZERO_HASH,
  };
}

/** It keys the engine's tables, and no result depends on it. */
const random = { bytes: (count: number) => new Uint8Array(count) };
