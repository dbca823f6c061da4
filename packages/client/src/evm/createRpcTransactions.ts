import type { Hex } from "@trellis/base";
import { AnswerReader } from "./AnswerReader.ts";
import type { RpcRequest } from "./createRpcChainView.ts";
import { rpcFailureOf } from "./nodeRefusal.ts";
import { onChain } from "./onChain.ts";

/** What a transaction says itself. */
export interface ChainTransaction {
  readonly from: Hex;
  /** Undefined where it creates a contract. */
  readonly to: Hex | undefined;
  readonly nonce: number;
  readonly valueWei: bigint;
}

/** Coins that one account gave another one, as the value of a transaction or of a contract's call. */
export interface CoinMove {
  readonly from: Hex;
  readonly to: Hex;
  readonly amountWei: bigint;
}

/** Port: transactions as one node, or several that agree, have them. Throws what a ChainView throws. */
export interface TransactionReader {
  /** Tells nodes apart in reports. */
  readonly name: string;
  /** Undefined where the node does not know it. It may wait still. */
  transaction(hash: Hex): Promise<ChainTransaction | undefined>;
  /**
   * What it moved of the chain's coin, those of contracts' calls too, without what was paid for gas. Undefined where the
   * node traces no transactions, or not this one any more.
   */
  coinMoves(hash: Hex): Promise<readonly CoinMove[] | undefined>;
}

/** Calls that give their value to somebody; a DELEGATECALL shows its caller's again, which moves nothing. */
const GIVING: ReadonlySet<unknown> = new Set(["CALL", "CREATE", "CREATE2", "SELFDESTRUCT"]);

/** By `eth_getTransactionByHash`, and `debug_traceTransaction` with geth's callTracer. */
export function createRpcTransactions(
  name: string,
  chainId: number,
  unchecked: RpcRequest,
): TransactionReader {
  const read = new AnswerReader(name);
  const request = onChain(name, chainId, unchecked);

  function movesOf(frame: unknown): CoinMove[] {
    const { type, from, to, value, error, calls } = read.object(frame, "frame of a trace");
    // What failed was taken back with all that it called.
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
