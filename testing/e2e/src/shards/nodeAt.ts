import { rpcCall } from "../clients.ts";

/** What the client's light functions ask. */
export function nodeAt(name: string, url: string) {
  return {
    name,
    async request(method: string, params: readonly unknown[]): Promise<unknown> {
      const { result, error } = await rpcCall(url, method, params);
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    },
  };
}
