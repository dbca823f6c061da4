import type { Awaitable } from "@trellis/protocol";
import { scanJson } from "../decoding/scanJson.ts";
import { rpcErrors } from "../errors.ts";
import type { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session } from "../Session.ts";
import type { Answer } from "./answers.ts";
import { BatchAnswers } from "./BatchAnswers.ts";
import { type CallPorts, MethodCalls } from "./MethodCalls.ts";
import { parseMessage } from "./parseMessage.ts";

/** Never throws. Undefined: nothing to answer. */
export type Handler = (message: Buffer, session: Session) => Awaitable<Answer | undefined>;

/** Size of a worker's verification batch. */
const AT_ONCE_MAX = 128;
/** These entries finish before later ones start, because bad signatures end the batch. */
const TRIED_FIRST = 16;

export function createHandler(
  node: RpcNode,
  { outgoing, ...ports }: CallPorts & { readonly outgoing: OutgoingBytes },
): Handler {
  const { limits, clock, lanes } = node;
  const calls = new MethodCalls(node, ports);

  return function handle(message, session) {
    try {
      scanJson(message, limits);
      const parsed = parseMessage(message);
      if (!Array.isArray(parsed)) {
        const sizeMax = limits.responseBytesMax;
        return calls.answer(parsed, session, {
          sinceMs: session.arrivedMs,
          timeMs: limits.callTimeMs,
          sizeMax,
        });
      }
      if (parsed.length === 0) throw rpcErrors.RPC_REQUEST_INVALID({ reason: "empty batch" });
      session.calls = parsed.length;
      session.batchBytes = message.length;
      return answerBatch(parsed, session).catch((error) => calls.refusal(undefined, error, "batch"));
    } catch (error) {
      session.caller?.offend("malformed");
      return calls.refusal(undefined, error, "message");
    }
  };

  /** Only adjacent entries of concurrent methods run concurrently. [RPC-2] */
  async function answerBatch(entries: readonly unknown[], session: Session): Promise<Answer | undefined> {
    const batch = new BatchAnswers(entries.length, { session, clock, outgoing, limits });
    let underWay: Promise<void>[] = [];
    let mayJoin = false;
    try {
      for (const [index, entry] of entries.entries()) {
        if (lanes.scan.isDue) await lanes.scan.turn(session);
        const isConcurrent = calls.runsConcurrently(entry);
        const hasPlace = index !== TRIED_FIRST && underWay.length < AT_ONCE_MAX;
        if (underWay.length > 0 && !(mayJoin && isConcurrent && hasPlace)) {
          await Promise.all(underWay);
          underWay = [];
        }
        mayJoin = isConcurrent;
        if (session.connection.isGone) throw rpcErrors.RPC_CLIENT_GONE();
        const refusal = batch.exhaustion();
        if (refusal !== undefined) {
          batch.refuse(index, calls.refusal(entry, refusal, "batch"));
          continue;
        }
        const keep = (given: Answer | undefined): void =>
          batch.keep(index, given, (error) => calls.refusal(entry, error, "batch"));
        const answer = calls.answer(entry, session, batch.nextOptions());
        if (answer instanceof Promise) underWay.push(answer.then(keep));
        else keep(answer);
      }
      await Promise.all(underWay);
      // The HTTP status reports a refusal only if all entries were refused.
      if ((session.refusal?.count ?? 0) < entries.length) session.refusal = undefined;
      return batch.toJson();
    } finally {
      batch.release();
    }
  }
}
