import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { createEvm, MemoryState } from "@trellis/evm";
import {
  type Address,
  type BlockContext,
  type BlockResult,
  type CallInput,
  type CallResult,
  DEFAULT_FORK,
  type Hash,
  type Receipt,
  type StateReader,
  signTransaction,
  TRANSACTION_TYPES,
} from "@trellis/protocol";
import {
  type Abi,
  decodeErrorResult,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
} from "viem";

export interface Sent {
  readonly isReverted: boolean;
  readonly failure: string;
  readonly output: Hex;
  readonly gasUsed: bigint;
  readonly logs: Receipt["logs"];
}

export interface SendOptions {
  readonly gasLimit?: bigint;
  readonly value?: bigint;
}

const MINER: Address = `0x${"ff".repeat(20)}`;
const KEY = new Uint8Array(32).fill(1);
/** EIP-7825 */
const GAS = 1n << 24n;
const random = { bytes: (count: number) => new Uint8Array(count).fill(7) };
const STANDARD_ERRORS: Abi = [
  { type: "error", name: "Error", inputs: [{ name: "reason", type: "string" }] },
  { type: "error", name: "Panic", inputs: [{ name: "code", type: "uint256" }] },
];

/** No blocks: transactions execute at once. */
export class EvmChain {
  readonly chainId = 7331n;
  readonly state = new MemoryState();
  readonly coinbase = MINER;
  readonly #evm = createEvm({ random });
  readonly #errors: Abi[number][] = [...STANDARD_ERRORS];
  number = 1_000n;
  timestamp = 1_700_000_000n;
  fork = 0;

  hashOf(number: bigint): Hash {
    return keccak256Hex(new TextEncoder().encode(`block ${number} of branch ${this.fork}`));
  }

  pass(blocks = 1n): void {
    this.number += blocks;
    this.timestamp += blocks;
  }

  know(abi: Abi): void {
    this.#errors.push(...abi.filter(({ type }) => type === "error"));
  }

  deploy(abi: Abi, bytecode: Hex, args: readonly unknown[] = [], from: Address = MINER): EvmContract {
    this.know(abi);
    const { contractAddress, outcome, output } = this.#run(
      from,
      null,
      encodeDeployData({ abi, bytecode, args }),
    );
    if (contractAddress === null || outcome !== "success")
      throw new Error(`not deployed: ${bytesToHex(output)}`);
    return this.at(abi, contractAddress);
  }

  at(abi: Abi, address: string): EvmContract {
    return new EvmContract(this, abi, address.toLowerCase() as Address);
  }

  /** A failed transaction changes only its sender's nonce. */
  send(from: Address, to: Address, data: Hex, options: SendOptions = {}): Sent {
    return this.#sent(this.#run(from, to, data, options));
  }

  call(from: Address, to: Address, data: Hex, options: SendOptions = {}): Sent {
    return this.#sent(this.#evm.call(this.#input(from, to, data, options)) as CallResult);
  }

  reader(): StateReader {
    const { state } = this;
    return {
      account: (address) => state.account(address),
      storage: (address, slot) => state.storage(address, slot),
      code: (hash) => state.code(hash),
    };
  }

  context(): BlockContext {
    return {
      chainId: this.chainId,
      number: this.number,
      timestamp: this.timestamp,
      gasLimit: GAS,
      baseFee: 0n,
      prevRandao: `0x${"00".repeat(32)}`,
      fork: DEFAULT_FORK,
      blockHash: (number) =>
        number < this.number && number + 256n >= this.number ? this.hashOf(number) : `0x${"00".repeat(32)}`,
    };
  }

  #run(from: Address, to: Address | null, data: Hex, options: SendOptions = {}): CallResult {
    const input = this.#input(from, to, data, options);
    // The call returns a failure's reason; the block applies the effects.
    const result = this.#evm.call(input) as CallResult;
    const { gasLimit, value } = input.request;
    const transaction = signTransaction(
      {
        type: TRANSACTION_TYPES.dynamicFee,
        chainId: this.chainId,
        nonce: this.state.account(from)?.nonce ?? 0n,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        gasLimit,
        to,
        value,
        data: input.request.data,
        accessList: [],
      },
      KEY,
    );
    const { outcomes, changes } = this.#evm.runBlock({
      state: input.state,
      context: input.context,
      carriers: [
        {
          coinbase: MINER,
          tipRecipient: MINER,
          gasLimit: GAS,
          transactions: [{ transaction, sender: from }],
        },
      ],
      systemCalls: [],
      credits: [],
      baseFeeShare: { recipient: MINER, basisPoints: 0 },
    }) as BlockResult;
    const outcome = outcomes[0]?.[0];
    if (outcome?.kind !== "accepted") throw new Error("the transaction was skipped");
    this.state.apply(changes);
    const { gasUsed, logs, contractAddress } = outcome.receipt;
    return { ...result, gasUsed, logs, contractAddress };
  }

  #input(
    from: Address,
    to: Address | null,
    data: Hex,
    { gasLimit = GAS, value = 0n }: SendOptions,
  ): CallInput {
    return {
      state: this.reader(),
      context: this.context(),
      coinbase: MINER,
      request: {
        from,
        to,
        gasLimit,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value,
        data: hexToBytes(data),
        accessList: [],
      },
    };
  }

  #sent({ outcome, failure, output, gasUsed, logs }: CallResult): Sent {
    const isReverted = outcome !== "success";
    const why = outcome === "revert" ? this.#errorOf(bytesToHex(output)) : (failure ?? "");
    return { isReverted, failure: isReverted ? why : "", output: bytesToHex(output), gasUsed, logs };
  }

  #errorOf(data: Hex): string {
    try {
      const { errorName, args = [] } = decodeErrorResult({ abi: this.#errors, data });
      return errorName === "Error" ? String(args[0]) : `${errorName}(${args.join()})`.toLowerCase();
    } catch {
      return `unknown error ${data}`;
    }
  }
}

export class EvmContract {
  readonly address: Address;
  readonly abi: Abi;
  readonly #chain: EvmChain;

  constructor(chain: EvmChain, abi: Abi, address: Address) {
    this.#chain = chain;
    this.abi = abi;
    this.address = address;
  }

  encode(functionName: string, args: readonly unknown[] = []): Hex {
    return encodeFunctionData({ abi: this.abi, functionName, args });
  }

  send(from: Address, functionName: string, args: readonly unknown[] = [], options?: SendOptions): Sent {
    return this.#chain.send(from, this.address, this.encode(functionName, args), options);
  }

  do(from: Address, functionName: string, args: readonly unknown[] = []): Sent {
    const sent = this.send(from, functionName, args);
    if (sent.isReverted) throw new Error(`${functionName}: ${sent.failure}`);
    return sent;
  }

  view<T>(functionName: string, args: readonly unknown[] = [], from: Address = MINER): T {
    const { output, isReverted, failure } = this.#chain.call(
      from,
      this.address,
      this.encode(functionName, args),
    );
    if (isReverted) throw new Error(`${functionName}: ${failure}`);
    return decodeFunctionResult({ abi: this.abi, functionName, data: output }) as T;
  }
}
