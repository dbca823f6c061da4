import type { TransactionReader } from "../evm/createRpcTransactions.ts";
import { agreedValue, checkQuorum } from "./agree.ts";
import { printAnswer } from "./printAnswer.ts";

/** @throws QUORUM_INVALID */
export function createAgreedTransactions(
  readers: readonly TransactionReader[],
  quorum: number,
): TransactionReader {
  checkQuorum(readers, quorum);
  const agreed = <T>(question: string, ask: (reader: TransactionReader) => Promise<T>): Promise<T> =>
    agreedValue(readers, quorum, question, ask, printAnswer);
  return {
    name: readers.map(({ name }) => name).join(" & "),
    transaction: (hash) => agreed(`transaction ${hash}`, (reader) => reader.transaction(hash)),
    coinMoves: (hash) => agreed(`trace of ${hash}`, (reader) => reader.coinMoves(hash)),
  };
}
