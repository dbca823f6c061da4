import { type Connection, connect } from "../account/connect.ts";
import type { MessageSettings } from "./settings.ts";

/** A node serves shard N at /shard/N. [RPC-33] */
export function connectToShard({
  rpc,
  shard,
  chainId,
}: Pick<MessageSettings, "rpc" | "shard" | "chainId">): Promise<Connection> {
  const base = rpc.replace(/\/+$/, "");
  return connect({ rpc: shard === 0 ? rpc : `${base}/shard/${shard}`, chainId });
}
