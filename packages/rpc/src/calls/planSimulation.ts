import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  type BlockOverrides,
  type ChainHeader,
  type Hash,
  type SimulatedBlock,
  ZERO_HASH,
} from "@trellis/protocol";
import { type BlockCalls, SIMULATED_BLOCKS_MAX } from "../decoding/simulation.ts";
import { rpcErrors } from "../errors.ts";
import { callRequest } from "./callRequest.ts";

type FilledOverrides = Required<Omit<BlockOverrides, "baseFee">> & Pick<BlockOverrides, "baseFee">;

export interface PlannedBlock extends SimulatedBlock {
  readonly parentHash: Hash;
  readonly overrides: FilledOverrides;
}

interface PlanOptions {
  readonly callGasMax: bigint;
  readonly chainId: bigint;
}

/**
 * Numbers and times increase from block to block; blocks between given numbers are empty, as in geth.
 * @throws RPC_SIMULATION_REFUSED, RPC_REQUEST_REFUSED
 */
export function planSimulation(
  parent: ChainHeader,
  given: readonly BlockCalls[],
  { callGasMax, chainId }: PlanOptions,
): PlannedBlock[] {
  const blocks: PlannedBlock[] = [];
  let number = BigInt(parent.header.number);
  let timestamp = BigInt(parent.timestamp);
  let parentHash = parent.hash;
  const add = (
    overrides: BlockOverrides,
    { stateOverrides, calls }: Omit<BlockCalls, "blockOverrides">,
  ): void => {
    const filled: FilledOverrides = {
      prevRandao: ZERO_HASH,
      coinbase: parent.header.miner,
      gasLimit: parent.gasLimit,
      timestamp: timestamp + 1n,
      ...overrides,
      number: number + 1n,
    };
    if (filled.timestamp < timestamp) {
      const reason = `block timestamps must not decrease: ${filled.timestamp} after ${timestamp}`;
      throw rpcErrors.RPC_SIMULATION_REFUSED({ problem: "TIMESTAMP_DECREASED", reason });
    }
    const requested = calls.map((args) => ({
      request: { ...callRequest(args, callGasMax, chainId), gasLimit: args.gas },
      nonce: args.nonce,
    }));
    const hash = simulatedHash(parentHash, filled);
    blocks.push({ hash, parentHash, overrides: filled, stateOverrides, calls: requested });
    [number, timestamp, parentHash] = [filled.number, filled.timestamp, hash];
  };
  const first = number;
  for (const { blockOverrides, ...block } of given) {
    const wanted = blockOverrides.number ?? number + 1n;
    if (wanted <= number) {
      const reason = `block numbers must increase: ${wanted} after ${number}`;
      throw rpcErrors.RPC_SIMULATION_REFUSED({ problem: "NUMBER_NOT_INCREASED", reason });
    }
    if (wanted - first > BigInt(SIMULATED_BLOCKS_MAX)) {
      const reason = `too many blocks: ${wanted - first}, at most ${SIMULATED_BLOCKS_MAX}`;
      throw rpcErrors.RPC_SIMULATION_REFUSED({ problem: "GAS_MAX_EXCEEDED", reason });
    }
    while (number + 1n < wanted) add({}, { stateOverrides: undefined, calls: [] });
    add(blockOverrides, block);
  }
  return blocks;
}

/** Known before the execution, for BLOCKHASH. Not the hash of the shown header. */
function simulatedHash(parent: Hash, { number, timestamp }: FilledOverrides): Hash {
  return keccak256Hex(
    concatBytes(hexToBytes(parent), bigintToBytes(number, 32), bigintToBytes(timestamp, 8)),
  );
}
