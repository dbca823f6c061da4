import {
  type CallRequest,
  type ChainView,
  decodeTransaction,
  forkAt,
  recoverSender,
  validateTransactionInIsolation,
} from "@trellis/protocol";

type SignedPorts = Pick<ChainView, "parameters" | "head" | "nextGasLimit">;

/** A signed transaction as a call. @throws as eth_sendRawTransaction by TX-13 */
export function signedRequest(chain: SignedPorts, gasMax: bigint, encoded: Uint8Array): CallRequest {
  const { parameters } = chain;
  const transaction = decodeTransaction(encoded, parameters);
  const fork = forkAt(parameters.forks, chain.head().header.number + 1);
  const ofBlock = chain.nextGasLimit();
  const rules = { ...parameters, gasLimit: ofBlock < gasMax ? ofBlock : gasMax, fork };
  validateTransactionInIsolation(transaction, rules);
  const { to, gasLimit, maxFeePerGas, maxPriorityFeePerGas, value, data, accessList, authorizationList } =
    transaction;
  return {
    from: recoverSender(transaction),
    ...{ to, gasLimit, maxFeePerGas, maxPriorityFeePerGas, value, data, accessList },
    ...(authorizationList && { authorizationList }),
  };
}
