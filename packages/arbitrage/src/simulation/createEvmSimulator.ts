import { bytesToHex, type Hex, hexToBytes, LruMap } from "@trellis/base";
import type { OverriddenCall, StateClient } from "@trellis/client";
import {
  type AccountOverride,
  type Address,
  type CallInput,
  type Evm,
  type Hash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "@trellis/protocol";
import { BlockState, type CodeStore, type Misses } from "./BlockState.ts";
import { simulationErrors } from "./errors.ts";
import { probeCall, readProbe } from "./probeCall.ts";
import type { SimulationInput, SimulationResult, Simulator } from "./Simulator.ts";

export interface EvmSimulatorOptions {
  readonly chainId: number;
  readonly blocksMax?: number;
}

interface EvmSimulatorPorts {
  readonly evm: Pick<Evm, "call">;
  readonly client: StateClient;
}

const BLOCKS_MAX = 8;
const CODE_BYTES_MAX = 64 << 20;
/** A call that needs more rounds reads an endless chain of slots. */
const ROUNDS_MAX = 48;

/** The first round starts with the state that the node predicts. [ARB-12] */
export function createEvmSimulator(options: EvmSimulatorOptions, ports: EvmSimulatorPorts): Simulator {
  return new EvmSimulator(options, ports);
}

class EvmSimulator implements Simulator {
  readonly name: string;
  readonly #chainId: number;
  readonly #ports: EvmSimulatorPorts;
  readonly #states: LruMap<Hash, BlockState>;
  readonly #codes: CodeStore = new LruMap(CODE_BYTES_MAX, (code) => code.length + 1);

  constructor({ chainId, blocksMax = BLOCKS_MAX }: EvmSimulatorOptions, ports: EvmSimulatorPorts) {
    this.name = `EVM on ${ports.client.name}`;
    this.#chainId = chainId;
    this.#ports = ports;
    this.#states = new LruMap(blocksMax);
  }

  async simulate(input: SimulationInput): Promise<SimulationResult> {
    const call = probeCall(input);
    const output = await this.#run(call, this.#stateOf(input.block.hash));
    return readProbe(output, call, this.name);
  }

  #stateOf(blockHash: Hash): BlockState {
    const state = this.#states.get(blockHash) ?? new BlockState(blockHash, this.#ports.client, this.#codes);
    this.#states.set(blockHash, state);
    return state;
  }

  async #run(call: OverriddenCall, state: BlockState): Promise<Hex | undefined> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const misses = state.misses();
      const output = await this.#attempt(call, misses);
      if (misses.isEmpty) return output;
      if (round === 0) misses.add((await this.#ports.client.touched(call, state.blockHash)) ?? []);
      await state.fetch(misses);
    }
    throw simulationErrors.SIMULATION_FAILED({
      simulator: this.name,
      reason: "state access not bounded",
      rounds: ROUNDS_MAX,
    });
  }

  /** Missing state reads as zero: one run finds many missing values. */
  async #attempt(call: OverriddenCall, misses: Misses): Promise<Hex | undefined> {
    try {
      const { outcome, output } = await this.#ports.evm.call(callInput(this.#chainId, call, misses.reader));
      return outcome === "success" ? bytesToHex(output) : undefined;
    } catch (error) {
      if (misses.isEmpty) throw error;
      return undefined;
    }
  }
}

function callInput(chainId: number, call: OverriddenCall, reader: Misses["reader"]): CallInput {
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
      // Contracts written for older forks run the same.
      fork: "osaka",
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
