import type { Hash } from "@trellis/protocol";
import { bytes, count } from "../../decoding/hex.ts";
import { rpcErrors } from "../../errors.ts";
import { CallDeadline } from "../../guards/CallDeadline.ts";
import type { RpcNode } from "../../RpcNode.ts";
import type { Session } from "../../Session.ts";
import { defineMethod, optional, required } from "../Method.ts";
import { planReceipt, submitRaw } from "./transactions.ts";

/** The batch stays in memory while the call waits. */
const BATCH_BYTES_MAX = 64 * 1024;

/** EIP-7966. Like in geth, longer times become the maximum. [RPC-27] */
export const sendRawTransactionSync = defineMethod({
  name: "eth_sendRawTransactionSync",
  summary: "Submits a signed transaction, waits for its block and returns its receipt.",
  params: [required("transaction", bytes), optional("timeoutMs", count)],
  isConcurrent: true,
  handle(node, [encoded, askedMs], session) {
    const { batchBytes, releaseMessage } = session;
    if (batchBytes !== undefined && batchBytes > BATCH_BYTES_MAX) {
      throw rpcErrors.RPC_LIMIT_EXCEEDED({
        reason: `waiting calls in a batch of over ${BATCH_BYTES_MAX} bytes`,
      });
    }
    const { inclusionMs, inclusionMsMax } = node.limits;
    const timeMs = Math.min(askedMs || inclusionMs, inclusionMsMax);
    return node.inclusions.run(session, async () => {
      const dueMs = node.clock.nowMs() + timeMs;
      const hash = await submitRaw(node, encoded, session);
      // Otherwise, a few waiting calls with large messages would use up RPC-18.2's bytes.
      if (batchBytes === undefined) releaseMessage?.();
      let reason = "not in the mempool";
      // No event may come between the look at the chain and the wait.
      while (node.chain.locate(hash) === undefined) {
        requireNext(node, hash, reason);
        const restMs = Math.max(0, dueMs - node.clock.nowMs());
        const outcome = await node.inclusions.next(hash, restMs, session);
        if (outcome.kind === "late")
          throw rpcErrors.RPC_INCLUSION_TIMED_OUT({ transactionHash: hash, timeMs });
        if (outcome.kind === "dropped") reason = outcome.reason;
      }
      return receiptOf(node, hash, session);
    });
  },
});

function receiptOf({ chain, reads, limits, clock }: RpcNode, hash: Hash, session: Session): unknown {
  const planned = planReceipt(chain, hash);
  if (planned.kind === "answer") return planned.answer;
  const deadline = new CallDeadline(session, clock, clock.nowMs(), limits.callTimeMs);
  return reads.run(planned, limits, deadline);
}

/** @param reason why the transaction may have left the mempool */
function requireNext({ pool }: RpcNode, hash: Hash, reason: string): void {
  const pooled = pool.get(hash);
  if (pooled === undefined) throw rpcErrors.RPC_TRANSACTION_DROPPED({ transactionHash: hash, reason });
  const nextNonce = pool.nextNonce(pooled.sender);
  if (pooled.transaction.nonce < nextNonce) return;
  throw rpcErrors.RPC_TRANSACTION_QUEUED({ transactionHash: hash, nextNonce });
}
