import { askSigned } from "../../session/askSigned.ts";

export interface ServiceCall {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** @returns parsed JSON, or text */
export async function callService<T>(path: string, { body, headers, ...init }: ServiceCall = {}): Promise<T> {
  const sent =
    body === undefined
      ? { headers: { ...headers } }
      : { body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } };
  const response = await askSigned(path, { ...init, ...sent });
  if (response.status === 204) return undefined as T;
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return (isJson ? await response.json() : await response.text()) as T;
}
