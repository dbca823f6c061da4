import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";

/** A request whose envelope is sound. */
export interface Request {
  /** The id as JSON; undefined for a notification, which is not answered. */
  readonly idJson: string | undefined;
  readonly method: string;
  /** An array, or nothing, if the method is to take it. */
  readonly params: unknown;
}

/** What bounds an id: it stands in every answer. */
type IdLimits = Pick<RpcLimits, "idLengthMax">;

/** An id as JSON, "null" for what cannot be one, undefined if there is none. */
export function readId(value: unknown, { idLengthMax }: IdLimits): string | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "id")) return undefined;
  const { id } = value as { readonly id?: unknown };
  if (typeof id === "number") return Number.isFinite(id) ? `${id}` : "null";
  if (typeof id === "string" && id.length > idLengthMax) return "null";
  return typeof id === "string" || isRawNumber(id) ? JSON.stringify(id) : "null";
}

/** @throws RPC_REQUEST_INVALID */
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

/** What parseMessage makes of an id that no JavaScript number holds; no other object passes for it. */
function isRawNumber(id: unknown): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(id);
}
