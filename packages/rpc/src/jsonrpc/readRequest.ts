import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";

export interface Request {
  /** JSON. Undefined for a notification. */
  readonly idJson: string | undefined;
  readonly method: string;
  readonly params: unknown;
}

type IdLimits = Pick<RpcLimits, "idLengthMax">;

export function readId(value: unknown, { idLengthMax }: IdLimits): string | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "id")) return undefined;
  const { id } = value as { readonly id?: unknown };
  if (typeof id === "number") return Number.isFinite(id) ? `${id}` : "null";
  if (typeof id === "string" && id.length > idLengthMax) return "null";
  return typeof id === "string" || isRawNumber(id) ? JSON.stringify(id) : "null";
}

export function readRequest(value: unknown, limits: IdLimits): Request {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw rpcErrors.RPC_REQUEST_INVALID({ got: Array.isArray(value) ? "array" : typeof value });
  }
  const { jsonrpc, method, params, id } = value as Record<string, unknown>;
  if (jsonrpc !== "2.0") throw rpcErrors.RPC_REQUEST_INVALID({ field: "jsonrpc" });
  if (typeof method !== "string" || method === "") throw rpcErrors.RPC_REQUEST_INVALID({ field: "method" });
  if (!isId(id, limits)) throw rpcErrors.RPC_REQUEST_INVALID({ field: "id" });
  return { idJson: readId(value, limits), method, params };
}

function isId(id: unknown, { idLengthMax }: IdLimits): boolean {
  if (typeof id === "string") return id.length <= idLengthMax;
  return id === undefined || id === null || typeof id === "number" || isRawNumber(id);
}

/** Only `parseMessage` creates raw numbers, for large ids. */
function isRawNumber(id: unknown): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(id);
}
