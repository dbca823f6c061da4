import { bytesToHex, type Hex, hexToBytes, LruMap } from "@trellis/base";
import type { OverriddenCall, StateClient } from "@trellis/client";
import {
  type AccountOverride,
  type Address,
  type CallInput,
  type Evm,
  type Hash,
  type StateReader,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "@trellis/protocol";
import { BlockState, type CodeStore, type Misses } from "./BlockState.ts";
import { simulationErrors } from "./errors.ts";
import { probeCall, readProbe } from "./probeCall.ts";
import type { Simulator } from "./Simulator.ts";

export interface EvmSimulatorOptions {
  readonly chainId: number;
  /** States of so many blocks are kept; 8 unless given. */
  readonly blocksMax?: number;
}

const BLOCKS_MAX = 8;
const CODE_BYTES_MAX = 64 << 20;
/** Each round learns of what the one before could not see; what needs more follows pointers without end. */
const ROUNDS_MAX = 48;

/**
 * Simulates in the project's EVM with state that a node tells when it is asked for: what a run misses is fetched, with
 * what the node says that the call touches, and it runs again until it misses nothing. [ARB-12]
 */
export function createEvmSimulator(
  { chainId, blocksMax = BLOCKS_MAX }: EvmSimulatorOptions,
  { evm, client }: { readonly evm: Pick<Evm, "call">; readonly client: StateClient },
): Simulator {
  const states = new LruMap<Hash, BlockState>(blocksMax);
  const codes: CodeStore = new LruMap(CODE_BYTES_MAX, (code) => code.length + 1);
  const name = `EVM on ${client.name}`;

  function stateOf(blockHash: Hash): BlockState {
    const state = states.get(blockHash) ?? new BlockState(blockHash, client, codes);
    states.set(blockHash, state);
    return state;
  }

  async function run(call: OverriddenCall, state: BlockState): Promise<Hex | undefined> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const misses = state.misses();
      const output = await attempt(call, misses);
      if (misses.isEmpty) return output;
      if (round === 0) misses.add((await client.touched(call, state.blockHash)) ?? []);
      await state.fetch(misses);
    }
    throw simulationErrors.SIMULATION_FAILED({
      simulator: name,
      reason: "ever more state",
      rounds: ROUNDS_MAX,
    });
  }

  /** Undefined when it did not succeed. What is missed counts as nothing there, so that one run sees many misses. */
  async function attempt(call: OverriddenCall, misses: Misses): Promise<Hex | undefined> {
    try {
      const { outcome, output } = await evm.call(callInput(call, misses.reader));
      return outcome === "success" ? bytesToHex(output) : undefined;
    } catch (error) {
      // Of a run on half a state nothing follows.
      if (misses.isEmpty) throw error;
      return undefined;
    }
  }

  function callInput(
    call: OverriddenCall,
    reader: StateReader & Pick<Misses["reader"], "blockHash">,
  ): CallInput {
    const { number, timeSeconds } = call.context;
    const overrides = new Map<Address, AccountOverride>(
      [...call.codes].map(([address, code]) => [address, { code: hexToBytes(code) }]),
    );
    return {
      state: reader,
      context: {
        chainId: BigInt(chainId),
        number: BigInt(number),
        timestamp: BigInt(timeSeconds),
        gasLimit: call.gasLimit,
        baseFee: 0n,
        prevRandao: ZERO_HASH,
        blockHash: (height) =>
          height < number && height + 256n >= number ? reader.blockHash(Number(height)) : ZERO_HASH,
      },
      coinbase: ZERO_ADDRESS,
      request: {
        from: call.from,
        to: call.to,
        data: hexToBytes(call.data),
        gasLimit: call.gasLimit,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value: 0n,
        accessList: [],
      },
      overrides,
    };
  }

  return {
    name,
    async simulate(input) {
      const call = probeCall(input);
      const output = await run(call, stateOf(input.block.hash));
      return readProbe(output, call, name);
    },
  };
}
