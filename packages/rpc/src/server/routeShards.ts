import { rpcErrors } from "../errors.ts";
import type { Handler } from "../jsonrpc/createHandler.ts";

/** @throws RPC_SHARD_UNKNOWN */
export type Route = (url: string | undefined) => Handler;

/** Of a path or, as some proxies send, a whole URL. */
const PATH = /^(?:https?:\/\/[^/?#]*)?\/+shard(?:\/([^?#]*))?(?:[?#]|$)/i;
const SHOWN_MAX = 16;

/** `/shard/N`; shard 0 also has every path outside `/shard`. [RPC-33] @param handlers by shard, with 0 */
export function routeShards(handlers: ReadonlyMap<number, Handler>): Route {
  const own = handlers.get(0)!;
  const byName = new Map([...handlers].map(([shard, handler]) => [String(shard), handler]));
  return (url = "/") => {
    const match = url === "/" ? null : PATH.exec(url);
    if (match === null) return own;
    const name = (match[1] ?? "").replace(/\/$/, "");
    const handler = byName.get(name);
    if (handler !== undefined) return handler;
    throw rpcErrors.RPC_SHARD_UNKNOWN({
      shard: name.slice(0, SHOWN_MAX),
      followed: [...byName.keys()].join(" "),
    });
  };
}
