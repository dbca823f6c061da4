import type { Hex } from "@trellis/base";
import { AnswerReader } from "./AnswerReader.ts";
import type { RpcRequest } from "./createRpcChainView.ts";
import { rpcFailureOf } from "./nodeRefusal.ts";
import { onChain } from "./onChain.ts";

export interface ChainTransaction {
  readonly from: Hex;
  readonly to: Hex | undefined;
  readonly nonce: number;
  readonly valueWei: bigint;
}

export interface CoinMove {
  readonly from: Hex;
  readonly to: Hex;
  readonly amountWei: bigint;
}

/** @throws errors of ChainClient */
export interface TransactionReader {
  readonly name: string;
  transaction(hash: Hex): Promise<ChainTransaction | undefined>;
  /** Includes internal calls, excludes gas fees; undefined if the node cannot trace. */
  coinMoves(hash: Hex): Promise<readonly CoinMove[] | undefined>;
}

/** Excludes DELEGATECALL, which repeats its caller's value but transfers nothing. */
const GIVING: ReadonlySet<unknown> = new Set(["CALL", "CREATE", "CREATE2", "SELFDESTRUCT"]);

export function createRpcTransactions(
  name: string,
  chainId: number,
  unchecked: RpcRequest,
): TransactionReader {
  const read = new AnswerReader(name);
  const request = onChain(name, chainId, unchecked);

  function movesOf(frame: unknown): CoinMove[] {
    const { type, from, to, value, error, calls } = read.object(frame, "frame of a trace");
    // A failed call reverts its inner calls.
    if (error !== undefined) return [];
    const within = calls === undefined ? [] : read.list(calls, "calls of a trace").flatMap(movesOf);
    const amountWei = value === undefined ? 0n : read.quantity(value, "value of a trace");
    if (amountWei === 0n || !GIVING.has(type)) return within;
    const [giver, taker] = [read.hex(from, "account", 20), read.hex(to, "account", 20)];
    return [{ from: giver, to: taker, amountWei }, ...within];
  }

  return {
    name,
    async transaction(hash) {
      const answer = await request("eth_getTransactionByHash", [hash]);
      if (answer === null) return undefined;
      const { from, to, nonce, value } = read.object(answer, "transaction");
      return {
        from: read.hex(from, "sender", 20),
        to: to == null ? undefined : read.hex(to, "receiver", 20),
        nonce: read.number(nonce, "nonce"),
        valueWei: read.quantity(value, "value"),
      };
    },
    async coinMoves(hash) {
      let trace: unknown;
      try {
        trace = await request("debug_traceTransaction", [hash, { tracer: "callTracer" }]);
      } catch (error) {
        if (rpcFailureOf(error) === undefined) throw error;
        return undefined;
      }
      return movesOf(trace);
    },
  };
}
