export type RequestId = string | number | null;

export interface StratumRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: readonly unknown[];
}

const ID_LENGTH_MAX = 64;
const METHOD_LENGTH_MAX = 64;
const PARAMS_MAX = 16;

/** One line of JSON-RPC 1.0 or 2.0. Undefined: malformed. */
export function parseRequest(line: string): StratumRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { id = null, method, params = [] } = value as Readonly<Record<string, unknown>>;
  const isSound = isId(id) && typeof method === "string" && Array.isArray(params);
  if (!isSound || method.length > METHOD_LENGTH_MAX || params.length > PARAMS_MAX) return undefined;
  return { id, method, params };
}

function isId(id: unknown): id is RequestId {
  if (id === null || (typeof id === "number" && Number.isFinite(id))) return true;
  return typeof id === "string" && id.length <= ID_LENGTH_MAX;
}
