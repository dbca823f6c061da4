import {
  type Block,
  BODY_LIMITS,
  bodyRoot,
  forkAt,
  GAS_LIMIT_MAX,
  type NetworkParameters,
  type Transaction,
  validateTransactionInIsolation,
} from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";
import { bodySize } from "./bodySize.ts";
import { verifyCrossShardLists } from "./crossShardLists.ts";

/** Leaves signatures to `RecoverSenders`. */
export function verifyBodyInIsolation(block: Block, parameters: NetworkParameters): void {
  const { header, body } = block;
  const bytes = bodySize(body);
  if (bytes > parameters.bodyBytesMax) {
    throw ruleErrors.BLOCK_INVALID({ reason: "too large", bytes, bytesMax: parameters.bodyBytesMax });
  }
  const { transactionsMax } = BODY_LIMITS;
  if (body.transactions.length > transactionsMax) {
    throw ruleErrors.BLOCK_INVALID({
      reason: "too many transactions",
      got: body.transactions.length,
      transactionsMax,
    });
  }
  const root = bodyRoot(body);
  if (root !== header.bodyRoot) throw ruleErrors.BODY_ROOT_WRONG({ got: root, expected: header.bodyRoot });
  verifyCrossShardLists(block, parameters);
  verifyNoneTwice(body.transactions);
  // The real gas limit depends on the state; execution skips transactions above it.
  const fork = forkAt(parameters.forks, header.number);
  const rules = { ...parameters, gasLimit: GAS_LIMIT_MAX, fork };
  for (const transaction of body.transactions) validateTransactionInIsolation(transaction, rules);
}

function verifyNoneTwice(transactions: readonly Transaction[]): void {
  const seen = new Set<string>();
  for (const { hash } of transactions) {
    if (seen.has(hash))
      throw ruleErrors.BLOCK_INVALID({ reason: "duplicate transaction", transaction: hash });
    seen.add(hash);
  }
}
