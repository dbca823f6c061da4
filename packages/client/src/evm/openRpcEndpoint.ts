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
  readonly retryPauseMsMax?: number;
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

const TOO_MANY_REQUESTS = 429;
/** Transient: internal error, limit exceeded (EIP-1474), timeout (geth). */
const PASSING_CODES: ReadonlySet<number> = new Set([-32603, -32005, -32002]);

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface BatchEndpoint {
  readonly request: RpcRequest;
  /** Rejects with NODE_REFUSED if the node takes no batches. An entry that failed for now is not repeated. */
  requestAll(calls: readonly RpcCall[]): Promise<readonly PromiseSettledResult<unknown>[]>;
}

/**
 * Retries all requests: resending a signed transaction is safe.
 * @throws NODE_UNREACHABLE, TLS_PEER_UNTRUSTED, NODE_REFUSED, errors of createGuard
 */
export function openRpcEndpoint(options: EndpointOptions, ports: { readonly metrics: Metrics }): RpcRequest {
  return openBatchEndpoint(options, ports).request;
}

/** @throws as openRpcEndpoint */
export function openBatchEndpoint(
  options: EndpointOptions,
  { metrics }: { readonly metrics: Metrics },
): BatchEndpoint {
  const { name, url, timeoutMs = TIMEOUT_MS, retriesMax = RETRIES_MAX } = options;
  const { retryPauseMs, retryPauseMsMax } = options;
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
      ...(retryPauseMsMax !== undefined && { retryPauseMsMax }),
      breaker: BREAKER,
      bulkhead: BULKHEAD,
    },
    { metrics },
  );
  const post = async (method: string, body: Body | Body[], signal: AbortSignal): Promise<Posted> => {
    let response: Response | undefined;
    const onResponse = (got: Response) => {
      response = got;
    };
    const answer: unknown = await client
      .request({ body, fetchOptions: { signal }, onResponse })
      .catch((error: unknown) => {
        const untrusted = errorWithin(error, "TLS_PEER_UNTRUSTED");
        if (untrusted !== undefined) throw untrusted;
        if (Array.isArray(body) && isRefusal(response))
          throw clientErrors.NODE_REFUSED({ node: name, method, reason: statusOf(error, response) });
        // The library's message contains the URL.
        throw clientErrors.NODE_UNREACHABLE({
          node: name,
          method,
          reason: statusOf(error, response),
          ...pauseAskedBy(response),
        });
      });
    // Providers give this error different codes.
    if (response?.status === TOO_MANY_REQUESTS) {
      const reason = `HTTP status ${TOO_MANY_REQUESTS}`;
      throw clientErrors.NODE_UNREACHABLE({ node: name, method, reason, ...pauseAskedBy(response) });
    }
    return { answer, response };
  };
  return {
    request: (method, params) =>
      guard.run(async (signal) =>
        resultOf(name, method, await post(method, { method, params: [...params] }, signal)),
      ),
    requestAll: (calls) =>
      guard.run(async (signal) => {
        const body = calls.map(({ method, params }, id) => ({ id, method, params: [...params] }));
        return resultsOf(name, calls, await post("batch", body, signal));
      }),
  };
}

interface Body {
  readonly id?: number;
  readonly method: string;
  readonly params: unknown[];
}

interface Posted {
  readonly answer: unknown;
  readonly response: Response | undefined;
}

function resultsOf(
  node: string,
  calls: readonly RpcCall[],
  { answer: answers, response }: Posted,
): readonly PromiseSettledResult<unknown>[] {
  if (!Array.isArray(answers) || answers.length !== calls.length)
    throw clientErrors.NODE_REFUSED({ node, method: "batch", reason: "no batches" });
  const byId = new Map(answers.map((answer: { readonly id?: unknown } | null) => [answer?.id, answer]));
  return calls.map(({ method }, id) => {
    try {
      return { status: "fulfilled", value: resultOf(node, method, { answer: byId.get(id), response }) };
    } catch (reason) {
      return { status: "rejected", reason };
    }
  });
}

function isRefusal(response: Response | undefined): boolean {
  const { status = 0 } = response ?? {};
  return status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS;
}

function pauseAskedBy(response: Response | undefined): { readonly retryAfterMs?: number } {
  const seconds = Number(response?.headers.get("retry-after") ?? Number.NaN);
  return seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {};
}

function resultOf(node: string, method: string, { answer, response }: Posted): unknown {
  if (typeof answer !== "object" || answer === null)
    throw clientErrors.NODE_UNREACHABLE({ reason: "invalid response", node, expected: "JSON-RPC" });
  if ("error" in answer && answer.error != null) throw refusalOf(node, method, answer.error, response);
  if (!("result" in answer))
    throw clientErrors.NODE_UNREACHABLE({ reason: "invalid response", node, expected: "result" });
  return answer.result;
}

function refusalOf(node: string, method: string, error: unknown, response: Response | undefined) {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const status = response === undefined || response.ok ? "" : `HTTP status ${response.status}: `;
  const facts = { node, method, reason: `${status}${String(message).slice(0, 200)}` };
  return PASSING_CODES.has(Number(code))
    ? clientErrors.NODE_UNREACHABLE(facts)
    : clientErrors.NODE_REFUSED({ ...facts, rpcCode: Number(code) }, error);
}

/** The library's error lacks the status if a body is not the JSON that its type says. */
function statusOf(error: unknown, response: Response | undefined): string {
  if (!(error instanceof Error)) return "unknown";
  if (response !== undefined && !response.ok) return `HTTP status ${response.status}`;
  if (error.cause instanceof SyntaxError) return "response is not JSON";
  return `${error.name}${codeWithin(error)}`;
}

/** Such as ` ECONNREFUSED`. Node.js stores the code in the cause's cause. */
function codeWithin({ cause }: Error): string {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : undefined;
  const code: unknown = inner instanceof Error && "code" in inner ? inner.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z_]{2,63}$/.test(code) ? ` ${code}` : "";
}
