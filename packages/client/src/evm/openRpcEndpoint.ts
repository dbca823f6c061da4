import { errorWithin, type Metrics } from "@trellis/base";
import { createGuard } from "@trellis/resilience";
import { getHttpRpcClient } from "viem/utils";
import { clientErrors } from "../errors.ts";
import type { RpcRequest } from "./createRpcChainView.ts";

export interface EndpointOptions {
  /** Shown instead of the URL, which may contain a credential. */
  readonly name: string;
  readonly url: string;
  /** Per attempt. */
  readonly timeoutMs?: number;
  readonly retriesMax?: number;
  readonly retryPauseMs?: number;
  readonly answerBytesMax?: number;
  /** `@trellis/client/trust` creates a fetch that pins the node's TLS key. */
  readonly fetch?: typeof globalThis.fetch;
  readonly headersOf?: (body: string) => Promise<Readonly<Record<string, string>>>;
}

const TIMEOUT_MS = 10_000;
const RETRIES_MAX = 3;
const ANSWER_BYTES_MAX = 10_000_000;
const BREAKER = { failures: 8, openMs: 5_000 };
const BULKHEAD = { concurrent: 32, waiting: 1_000 };

/** Transient: internal error, limit exceeded (EIP-1474), timeout (geth). */
const PASSING_CODES: ReadonlySet<number> = new Set([-32603, -32005, -32002]);

/**
 * Retries all requests: resending a signed transaction is safe.
 * @throws NODE_UNREACHABLE, TLS_PEER_UNTRUSTED, NODE_REFUSED, errors of createGuard
 */
export function openRpcEndpoint(
  options: EndpointOptions,
  { metrics }: { readonly metrics: Metrics },
): RpcRequest {
  const { name, url, timeoutMs = TIMEOUT_MS, retriesMax = RETRIES_MAX, retryPauseMs } = options;
  const { headersOf } = options;
  const client = getHttpRpcClient(url, {
    timeout: timeoutMs,
    maxResponseBodySize: options.answerBytesMax ?? ANSWER_BYTES_MAX,
    ...(options.fetch !== undefined && { fetchFn: options.fetch }),
    ...(headersOf !== undefined && {
      onRequest: async (_, init) => ({
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...(await headersOf(String(init.body))) },
      }),
    }),
  });
  const guard = createGuard(
    {
      name: `node ${name}`,
      timeoutMs,
      retriesMax,
      ...(retryPauseMs !== undefined && { retryPauseMs }),
      breaker: BREAKER,
      bulkhead: BULKHEAD,
    },
    { metrics },
  );
  return (method, params) =>
    guard.run(async (signal) => {
      const answer: unknown = await client
        .request({ body: { method, params: [...params] }, fetchOptions: { signal } })
        .catch((error: unknown) => {
          const untrusted = errorWithin(error, "TLS_PEER_UNTRUSTED");
          if (untrusted !== undefined) throw untrusted;
          // The library's message contains the URL.
          throw clientErrors.NODE_UNREACHABLE({ node: name, method, reason: statusOf(error) });
        });
      return resultOf(name, method, answer);
    });
}

function resultOf(node: string, method: string, answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null)
    throw clientErrors.NODE_UNREACHABLE({ reason: "invalid response", node, expected: "JSON-RPC" });
  if ("error" in answer && answer.error != null) throw refusalOf(node, method, answer.error);
  if (!("result" in answer))
    throw clientErrors.NODE_UNREACHABLE({ reason: "invalid response", node, expected: "result" });
  return answer.result;
}

function refusalOf(node: string, method: string, error: unknown) {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const facts = { node, method, reason: String(message).slice(0, 200) };
  return PASSING_CODES.has(Number(code))
    ? clientErrors.NODE_UNREACHABLE(facts)
    : clientErrors.NODE_REFUSED({ ...facts, rpcCode: Number(code) }, error);
}

function statusOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const status = "status" in error && typeof error.status === "number" ? ` ${error.status}` : "";
  return `${error.name}${status}${codeWithin(error)}`;
}

/** Such as ` ECONNREFUSED`. Node.js stores the code in the cause's cause. */
function codeWithin({ cause }: Error): string {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : undefined;
  const code: unknown = inner instanceof Error && "code" in inner ? inner.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z_]{2,63}$/.test(code) ? ` ${code}` : "";
}
