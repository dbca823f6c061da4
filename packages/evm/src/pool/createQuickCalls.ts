import { type Clock, isTrellisError, type Random } from "@trellis/base";
import type { Awaitable, CallEvm, CallInput, EncodedJson } from "@trellis/protocol";
import { createEvm } from "../createEvm.ts";
import { POOL_LIMITS } from "./poolLimits.ts";

/** A longer call would delay other requests. */
const QUICK_MS = 20;
const NEVER = new AbortController().signal;

interface QuickPorts {
  readonly random: Random;
  readonly clock: Clock;
}

/**
 * Runs calls on this thread: for most, a worker costs more than they do. One that takes longer starts again
 * in the pool. A single precompile is not interrupted, so this is for a node with one user.
 */
export function createQuickCalls(
  pool: CallEvm<EncodedJson>,
  { random, clock }: QuickPorts,
): CallEvm<EncodedJson> {
  // The pool compiles code of long calls.
  const evm = createEvm({ random, limits: POOL_LIMITS, compile: false });
  const quickly = async <Result>(
    input: CallInput,
    run: (on: Pick<CallEvm, "call" | "estimateGas">, input: CallInput) => Awaitable<Result>,
  ): Promise<Result> => {
    const endMs = clock.nowMs() + QUICK_MS;
    const isOver = () => input.cancellation?.isOver() === true;
    const signal = input.cancellation?.signal ?? NEVER;
    const cancellation = { signal, isOver: () => clock.nowMs() > endMs || isOver() };
    try {
      return await run(evm, { ...input, cancellation });
    } catch (error) {
      if (!isTrellisError(error, "CALL_STOPPED") || isOver()) throw error;
      return run(pool, input);
    }
  };
  return {
    ...pool,
    call: (input) => quickly(input, (on, given) => on.call(given)),
    estimateGas: (input) => quickly(input, (on, given) => on.estimateGas(given)),
  };
}
