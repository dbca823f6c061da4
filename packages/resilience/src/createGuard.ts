import { isTrellisError, type Metrics } from "@trellis/base";
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  type IRetryPolicyConfig,
  IsolatedCircuitError,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from "cockatiel";
import { resilienceErrors } from "./errors.ts";
import { resilienceMetrics } from "./metrics.ts";

export interface GuardOptions {
  readonly name: string;
  readonly timeoutMs: number;
  /** Exponential backoff with jitter. 0 for calls that must not be repeated. */
  readonly retriesMax: number;
  readonly retryPauseMs?: number;
  /** Also bounds the fact `retryAfterMs` of an error, which lengthens a pause. Default: 10 s. */
  readonly retryPauseMsMax?: number;
  /** `failures` are consecutive. After `openMs`, one trial call runs. */
  readonly breaker?: { readonly failures: number; readonly openMs: number };
  readonly bulkhead?: { readonly concurrent: number; readonly waiting: number };
  /** Default: errors with consequence `retry`. */
  readonly isPassing?: (error: unknown) => boolean;
}

export interface Guard {
  readonly name: string;
  /** @param call must end on abort @throws CALL_TIMEOUT, CALL_SUSPENDED, or the last attempt's error */
  run<T>(call: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

const RETRY_PAUSE_MS = 200;
const RETRY_PAUSE_MS_MAX = 10_000;

type Backoff = IRetryPolicyConfig["backoff"];

/** Circuit breaker, bulkhead and timeout apply to each attempt. */
export function createGuard(options: GuardOptions, { metrics }: { readonly metrics: Metrics }): Guard {
  const { name, isPassing = isPassingByItself } = options;
  const called = metrics.counter(resilienceMetrics.trellis_guard_attempts_total);
  const open = metrics.gauge(resilienceMetrics.trellis_guard_circuit_open);
  open.set(0, { guard: name });
  const policy = policyOf(options, isPassing, (isOpen) => open.set(isOpen ? 1 : 0, { guard: name }));
  return {
    name,
    async run(call, signal) {
      try {
        return await policy.execute(async (context) => {
          try {
            const result = await call(context.signal);
            called.add(1, { guard: name, outcome: "done" });
            return result;
          } catch (error) {
            called.add(1, { guard: name, outcome: outcomeOf(error) });
            throw error;
          }
        }, signal);
      } catch (error) {
        throw known(error, options);
      }
    },
  };
}

function policyOf(
  options: GuardOptions,
  isPassing: (error: unknown) => boolean,
  opened: (isOpen: boolean) => void,
): IPolicy {
  const { timeoutMs, retriesMax, breaker, bulkhead: room } = options;
  const isFailure = (error: unknown): boolean => error instanceof TaskCancelledError || isPassing(error);
  const policies: IPolicy[] = [];
  if (retriesMax > 0) {
    const isRepeated = (error: unknown): boolean =>
      isFailure(error) || error instanceof BulkheadRejectedError;
    const backoff = backoffOf(options);
    policies.push(retry(handleWhen(isRepeated), { maxAttempts: retriesMax, backoff }));
  }
  if (breaker !== undefined) {
    const circuit = circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: breaker.openMs,
      breaker: new ConsecutiveBreaker(breaker.failures),
    });
    circuit.onStateChange((state) => opened(state === CircuitState.Open || state === CircuitState.Isolated));
    policies.push(circuit);
  }
  if (room !== undefined) policies.push(bulkhead(room.concurrent, room.waiting));
  policies.push(timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false }));
  return wrap(...policies);
}

function backoffOf({
  retryPauseMs: initialDelay = RETRY_PAUSE_MS,
  retryPauseMsMax: maxDelay = RETRY_PAUSE_MS_MAX,
}: GuardOptions): Backoff {
  const atLeast = (own: Backoff): Backoff => ({
    next(context) {
      const next = own.next(context);
      const { result } = context;
      const error = "error" in result ? result.error : undefined;
      const askedMs = isTrellisError(error) ? error.facts.retryAfterMs : undefined;
      const longerMs = typeof askedMs === "number" ? Math.min(askedMs, maxDelay) : 0;
      const duration = Math.max(next.duration, longerMs);
      return { ...atLeast(next), duration };
    },
  });
  return atLeast(new ExponentialBackoff({ initialDelay, maxDelay }));
}

function isPassingByItself(error: unknown): boolean {
  return isTrellisError(error) && error.consequence === "retry";
}

function outcomeOf(error: unknown): string {
  return isTrellisError(error) ? error.code : "UNKNOWN";
}

function known(error: unknown, { name, timeoutMs }: GuardOptions): unknown {
  if (error instanceof TaskCancelledError) return resilienceErrors.CALL_TIMEOUT({ guard: name, timeoutMs });
  if (error instanceof BrokenCircuitError || error instanceof IsolatedCircuitError) {
    return resilienceErrors.CALL_SUSPENDED({ reason: "circuit open", guard: name });
  }
  if (error instanceof BulkheadRejectedError)
    return resilienceErrors.CALL_SUSPENDED({ reason: "bulkhead full", guard: name });
  return error;
}
