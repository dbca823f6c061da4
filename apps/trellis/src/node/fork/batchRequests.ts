import { isTrellisError } from "@trellis/base";
import type { BatchEndpoint, RpcCall, RpcRequest } from "@trellis/client";

interface Waiting extends RpcCall {
  readonly answer: PromiseWithResolvers<unknown>;
}

/** Nodes refuse larger ones. */
const BATCH_MAX = 50;

/** Sends the requests of a turn of the event loop in batches, until the node refuses one. */
export function batchRequests({ request, requestAll }: BatchEndpoint): RpcRequest {
  let waiting: Waiting[] = [];
  let isRefused = false;
  return (method, params) => {
    if (isRefused) return request(method, params);
    if (waiting.length === 0) setImmediate(flush);
    const answer = Promise.withResolvers<unknown>();
    waiting.push({ method, params, answer });
    return answer.promise;
  };

  function flush(): void {
    const calls = waiting;
    waiting = [];
    for (let from = 0; from < calls.length; from += BATCH_MAX) void send(calls.slice(from, from + BATCH_MAX));
  }

  async function send(calls: readonly Waiting[]): Promise<void> {
    if (calls.length === 1 || isRefused) return calls.forEach(repeat);
    try {
      const results = await requestAll(calls);
      results.forEach((result, index) => {
        const call = calls[index]!;
        if (result.status === "fulfilled") call.answer.resolve(result.value);
        else if (isForNow(result.reason)) repeat(call);
        else call.answer.reject(result.reason);
      });
    } catch (error) {
      if (isTrellisError(error, "NODE_REFUSED")) {
        isRefused = true;
        return calls.forEach(repeat);
      }
      for (const { answer } of calls) answer.reject(error);
    }
  }

  function repeat({ method, params, answer }: Waiting): void {
    answer.resolve(request(method, params));
  }
}

function isForNow(error: unknown): boolean {
  return isTrellisError(error) && error.consequence === "retry";
}
