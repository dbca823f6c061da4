import { bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import { createEngine, createEvm, MemoryState, readChanges } from "@trellis/evm";
import {
  type Address,
  type BlockContext,
  type BlockResult,
  type CallRequest,
  type CallResult,
  DEFAULT_FORK,
  decodeMessage,
  devParameters,
  type LogEntry,
  type Message,
  messageIntrinsicGas,
  type NetworkParameters,
  parametersOfShard,
  type StateReader,
  SYSTEM_ADDRESS,
  type SystemCall,
  validateParameters,
  withShards,
  ZERO_HASH,
} from "@trellis/protocol";
import { decodeErrorResult, decodeEventLog, encodeFunctionData, toFunctionSelector } from "viem";
import { SHARD_GATEWAY_ADDRESS, ShardGateway, withSystemContracts } from "../../index.ts";

export const COIN = 10n ** 18n;
const MINER: Address = `0x${"11".repeat(20)}`;
const CALL_GAS = 5_000_000n;

const random = { bytes: (count: number) => new Uint8Array(count).fill(7) };
const evm = createEvm({ random });
const engine = createEngine({ random });

export function testNetwork(count: number, queueMax: number, lifetimeSeconds = 100): NetworkParameters {
  const network = withShards(devParameters({ accounts: [] }), count);
  return withSystemContracts(
    validateParameters({ ...network, shards: { ...network.shards!, queueMax, lifetimeSeconds } }),
  );
}

interface Sending {
  readonly destination: number;
  readonly to: Address;
  readonly value?: bigint;
  readonly gasLimit?: bigint;
  readonly data?: Uint8Array;
}

export interface Done {
  /** "success", the name of the contract's error, or another outcome. */
  readonly outcome: string;
  readonly gasUsed: bigint;
  readonly sent: readonly Message[];
  readonly delivered: readonly Delivered[];
}

interface Delivered {
  readonly id: string;
  readonly source: number;
  readonly index: number;
  readonly outcome: (typeof OUTCOMES)[number];
}

/** Order of the contract's enumeration. */
const OUTCOMES = ["executed", "reverted", "expired", "credited"] as const;

/** State of one shard, in which users call the gateway, and the protocol delivers. */
export class TestShard {
  readonly state = new MemoryState();
  readonly shard: number;
  readonly #chainId: bigint;
  timestamp = 1_000;

  constructor(network: NetworkParameters, shard: number) {
    this.shard = shard;
    const { chainId, genesis } = parametersOfShard(network, shard);
    this.#chainId = chainId;
    for (const { address, balance, code, storage = new Map() } of genesis.accounts) {
      if (code !== undefined) this.state.setCode(address, code);
      this.state.setBalance(address, balance);
      const storageCleared = new Set<Address>();
      const changed = new Map([[address, storage]]);
      this.state.apply({ accounts: new Map(), storage: changed, storageCleared, codes: new Map() });
    }
  }

  balance(address: Address): bigint {
    return this.state.account(address)?.balance ?? 0n;
  }

  send(
    from: Address,
    { destination, to, value = 0n, gasLimit = 0n, data = new Uint8Array(0) }: Sending,
  ): Done {
    const args = [destination, to, gasLimit, bytesToHex(data)] as const;
    return this.call(from, encodeFunctionData({ abi: ShardGateway.abi, functionName: "send", args }), {
      value,
    });
  }

  /** A transaction of a user; a failed one changes nothing. */
  call(
    from: Address,
    data: `0x${string}`,
    { to = SHARD_GATEWAY_ADDRESS, value = 0n, gasLimit = CALL_GAS }: Partial<CallRequest> = {},
  ): Done {
    const request = this.#request({ from, to, value, gasLimit, data: hexToBytes(data) });
    const input = { state: this.#reader(), context: this.#context(), coinbase: MINER, request };
    const result = evm.call(input) as CallResult;
    if (result.outcome === "success") {
      engine.setState(this.#reader());
      engine.setContext(input.context, { baseFee: 0n });
      engine.setRecipients(MINER, MINER);
      engine.runCall(request);
      this.state.apply(readChanges(engine));
    }
    return doneOf(result);
  }

  /** Number that a view function returns. */
  output(data: `0x${string}`): bigint {
    const fields = { from: MINER, to: SHARD_GATEWAY_ADDRESS, value: 0n, gasLimit: CALL_GAS };
    const request = this.#request({ ...fields, data: hexToBytes(data) });
    const input = { state: this.#reader(), context: this.#context(), coinbase: MINER, request };
    return bytesToBigint((evm.call(input) as CallResult).output);
  }

  /** Runs as in a block. The same call from outside a block shows its logs and gas, and must have the same outcome. */
  system(call: SystemCall): Done {
    const { to, value, data, gasLimit } = call;
    const request = this.#request({ from: SYSTEM_ADDRESS, to, value, data, gasLimit });
    const observed = evm.call({
      state: this.#reader(),
      context: this.#context(),
      coinbase: MINER,
      request: { ...request, gasLimit: gasLimit + messageIntrinsicGas(request) },
      overrides: new Map([[SYSTEM_ADDRESS, { balance: value }]]),
    }) as CallResult;
    const done = doneOf(observed);
    const [isSuccess] = this.block([call]);
    if (isSuccess !== (done.outcome === "success")) throw new Error("outcomes differ");
    return { ...done, gasUsed: done.gasUsed - messageIntrinsicGas(request) };
  }

  /** @returns whether each call succeeded */
  block(systemCalls: readonly SystemCall[]): boolean[] {
    const result = evm.runBlock({
      state: this.#reader(),
      context: this.#context(),
      carriers: [],
      systemCalls,
      credits: [],
      baseFeeShare: { recipient: MINER, basisPoints: 0 },
    }) as BlockResult;
    this.state.apply(result.changes);
    return result.systemCalls.map(({ isSuccess }) => isSuccess);
  }

  #request(fields: Pick<CallRequest, "from" | "to" | "value" | "data" | "gasLimit">): CallRequest {
    return { ...fields, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, accessList: [] };
  }

  /** A new reader per call, because the engine caches by reader. */
  #reader(): StateReader {
    const { state } = this;
    return {
      account: (address) => state.account(address),
      storage: (address, slot) => state.storage(address, slot),
      code: (hash) => state.code(hash),
    };
  }

  #context(): BlockContext {
    return {
      chainId: this.#chainId,
      fork: DEFAULT_FORK,
      number: 1n,
      timestamp: BigInt(this.timestamp),
      gasLimit: 30_000_000n,
      baseFee: 0n,
      prevRandao: ZERO_HASH,
      blockHash: () => ZERO_HASH,
    };
  }
}

function doneOf({ outcome, output, gasUsed, logs }: CallResult): Done {
  const events = logs.filter(({ address }) => address === SHARD_GATEWAY_ADDRESS).map(decodeEvent);
  return {
    outcome: outcome === "revert" && output.length > 0 ? errorName(output) : outcome,
    gasUsed,
    sent: events.flatMap((event) => (event.eventName === "MessageSent" ? [sentBy(event.args)] : [])),
    delivered: events.flatMap((event) =>
      event.eventName === "MessageDelivered" ? [deliveredBy(event.args)] : [],
    ),
  };
}

function decodeEvent({ topics, data }: LogEntry) {
  const [first, ...rest] = topics;
  return decodeEventLog({ abi: ShardGateway.abi, topics: [first!, ...rest], data: bytesToHex(data) });
}

function sentBy({ message }: { readonly message: `0x${string}` }): Message {
  return decodeMessage(hexToBytes(message));
}

function deliveredBy(args: {
  readonly id: string;
  readonly source: bigint;
  readonly index: bigint;
  readonly outcome: number;
}): Delivered {
  const { id, source, index, outcome } = args;
  return { id, source: Number(source), index: Number(index), outcome: OUTCOMES[outcome]! };
}

function errorName(output: Uint8Array): string {
  return decodeErrorResult({ abi: ShardGateway.abi, data: bytesToHex(output) }).errorName;
}

export const OTHER: Address = `0x${"cc".repeat(20)}`;
const GATEWAY = `61${SHARD_GATEWAY_ADDRESS.slice(-4)}`;
const selector = (signature: string): string => toFunctionSelector(signature).slice(2);

/** Code of recipients. */
export const RECIPIENTS = {
  /** Adds 1 to slot 0. */
  counter: "5f546001015f5500",
  reverter: "5f5ffd",
  /** Loops until its gas is used. */
  burner: "5b5f56",
  /** Sends the value back to the sender of the message. */
  replier: [
    `63${selector("function crossShardSender()")}5f52`,
    // Shard and sender become the first arguments of `send`.
    `604060206004601c${GATEWAY}5afa15603557`,
    `63${selector("function send(uint16,address,uint64,bytes)")}5f52`,
    // Offset of the empty data, then the call.
    `60806080525f5f60a4601c34${GATEWAY}5af115603557`,
    "005b5f5ffd",
  ].join(""),
  /** Calls the gateway with the message's data, and stores the success in slot 0. */
  intruder: `365f5f375f5f365f5f${GATEWAY}5af15f5500`,
  /** Self-destructs in favour of its caller, the gateway. */
  destroyer: "33ff",
  /** Stores shard and sender in slots 0 and 1. */
  listener: `63${selector("function crossShardSender()")}5f52604060206004601c${GATEWAY}5afa506020515f5560405160015500`,
  /** Stores its gas in slot 0. */
  gasMeter: "5a5f5500",
  /** Calls OTHER. */
  forwarder: `5f5f5f5f5f73${OTHER.slice(2)}5af100`,
  /** Returns 64 kilobytes. */
  talker: "620100005ff3",
} as const;

export type Recipient = keyof typeof RECIPIENTS;

export function recipientCode(recipient: Recipient): Uint8Array {
  return hexToBytes(`0x${RECIPIENTS[recipient]}`);
}
