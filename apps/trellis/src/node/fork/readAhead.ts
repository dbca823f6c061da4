import { isTrellisError } from "@trellis/base";
import {
  type CallRequest,
  type ChainView,
  decodeTransaction,
  impersonatedSender,
  recoverSender,
  type TransactionIntake,
} from "@trellis/protocol";

/**
 * Runs each transaction as a call first, which reads remote values without blocking this thread. If they cannot
 * be read, the transaction is refused: in the mempool it would stop all blocks with transactions. [DEV-7]
 */
export function readAhead(
  intake: TransactionIntake,
  view: Pick<ChainView, "head" | "simulation">,
): TransactionIntake {
  return {
    async submit(encoded, submission) {
      try {
        await view.simulation.call(view.head().hash, callOf(encoded));
      } catch (error) {
        if (isTrellisError(error, "FORK_READ_FAILED") || isTrellisError(error, "FORK_DIFFERENT")) throw error;
        // The intake or the block reports all other errors.
      }
      return intake.submit(encoded, submission);
    },
  };
}

function callOf(encoded: Uint8Array): CallRequest {
  const transaction = decodeTransaction(encoded);
  const { to, gasLimit, value, data, accessList, authorizationList } = transaction;
  return {
    from: impersonatedSender(transaction) ?? recoverSender(transaction),
    to,
    gasLimit,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    value,
    data,
    accessList,
    ...(authorizationList !== undefined && { authorizationList }),
  };
}
