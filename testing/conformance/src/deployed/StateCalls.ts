import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { createEvm } from "@trellis/evm";
import type { EvmChain } from "@trellis/market";
import type { Address, CallResult, Receipt, StateReader } from "@trellis/protocol";
import { type Abi, decodeErrorResult } from "viem";

export interface CallAnswer {
  readonly refusal: string | undefined;
  readonly output: Hex;
  readonly logs: Receipt["logs"];
}

/** A swap can cross thousands of words of the tick bitmap. */
const GAS = 10_000_000_000n;
const ERROR_ABI = [
  { type: "error", name: "Error", inputs: [{ name: "reason", type: "string" }] },
] as const satisfies Abi;

/** State changes are discarded, so the EVM can cache state reads. */
export class StateCalls {
  readonly #chain: EvmChain;
  readonly #evm = createEvm({ random: { bytes: (count) => new Uint8Array(count).fill(7) } });
  #state: StateReader;

  constructor(chain: EvmChain) {
    this.#chain = chain;
    this.#state = chain.reader();
  }

  refresh(): void {
    this.#state = this.#chain.reader();
  }

  call(from: Address, to: Address, data: Hex): CallAnswer {
    const { outcome, output, logs, failure } = this.#evm.call({
      state: this.#state,
      context: this.#chain.context(),
      coinbase: this.#chain.coinbase,
      request: {
        from,
        to,
        gasLimit: GAS,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value: 0n,
        data: hexToBytes(data),
        accessList: [],
      },
    }) as CallResult;
    const returned = bytesToHex(output);
    const refusal = outcome === "success" ? undefined : (reasonOf(returned) ?? failure ?? outcome);
    return { refusal, output: returned, logs };
  }
}

function reasonOf(data: Hex): string | undefined {
  try {
    return decodeErrorResult({ abi: ERROR_ABI, data }).args[0];
  } catch {
    return undefined;
  }
}
