import { type Block, createBlock } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { createAddressFromString } from "@ethereumjs/util";
import { createVM, type VM } from "@ethereumjs/vm";
import { hexToBytes } from "@trellis/base";
import type { AccountOverride, Address, BlockContext, ForkName, StateReader } from "@trellis/protocol";
import { OracleState } from "../state/OracleState.ts";
import { blsPossessionPrecompile } from "./blsPossessionPrecompile.ts";
import { ForkCommon } from "./ForkCommon.ts";
import { keepFailedCreations } from "./failedCreations.ts";
import { keepPrecompileResults } from "./keepPrecompileResults.ts";
import { mlDsaPrecompile } from "./mlDsaPrecompile.ts";
import { installStepHook } from "./stepHook.ts";

export interface MachineInput {
  readonly state: StateReader;
  readonly context: BlockContext;
  readonly overrides?: ReadonlyMap<Address, AccountOverride>;
}

export interface Machine {
  readonly vm: VM;
  readonly evm: EVM;
  readonly state: OracleState;
  block(coinbase: Address): Block;
  open(input: MachineInput): void;
  close(): void;
}

export async function createMachine(chainId: bigint, fork: ForkName): Promise<Machine> {
  const common = new ForkCommon(chainId, fork);
  const state = new OracleState();
  let context: BlockContext | undefined;
  /** By coinbase, of the last context. */
  const blocks = new Map<Address, Block>();
  let blocksOf: BlockContext | undefined;
  const blockchain = {
    getBlock: async (number: number | bigint | Uint8Array) => ({
      hash: () => hexToBytes(context!.blockHash(BigInt(number as bigint))),
    }),
    putBlock: async () => {},
    shallowCopy: () => blockchain,
  };
  const customPrecompiles = [mlDsaPrecompile, blsPossessionPrecompile];
  const evm = await createEVM({ common, stateManager: state, blockchain, customPrecompiles });
  await installStepHook(evm);
  keepFailedCreations(evm);
  keepPrecompileResults(evm);
  const vm = await createVM({ common, stateManager: state, evm });
  return {
    vm,
    evm,
    state,
    block(coinbase) {
      if (blocksOf !== context) blocks.clear();
      blocksOf = context;
      const block = blocks.get(coinbase) ?? blockOf(common, context!, coinbase);
      blocks.set(coinbase, block);
      return block;
    },
    open(input) {
      context = input.context;
      state.open(input.state, input.overrides);
      evm.journal.cleanJournal();
      evm.transientStorage.clear();
    },
    close() {
      context = undefined;
      state.close();
      evm.events.removeAllListeners();
    },
  };
}

function blockOf(common: Common, context: BlockContext, coinbase: Address): Block {
  return createBlock(
    {
      header: {
        number: context.number,
        timestamp: context.timestamp,
        gasLimit: context.gasLimit,
        baseFeePerGas: context.baseFee,
        mixHash: hexToBytes(context.prevRandao),
        coinbase: createAddressFromString(coinbase),
        excessBlobGas: 0n,
        blobGasUsed: 0n,
      },
    },
    { common, skipConsensusFormatValidation: true },
  );
}
