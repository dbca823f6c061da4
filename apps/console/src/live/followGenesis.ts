import type { InfoJson } from "./chainTypes.ts";
import type { RpcConnection } from "./RpcConnection.ts";

/** @param begin called if the hash differs after a reconnection: all cached data is invalid */
export function followGenesis(
  node: Pick<RpcConnection, "state" | "onState" | "request">,
  begin: () => void,
): void {
  let genesis: string | undefined;
  async function compare(): Promise<void> {
    try {
      const { genesisHash } = await node.request<InfoJson>("trellis_getInfo");
      if (genesis !== undefined && genesis !== genesisHash) begin();
      genesis = genesisHash;
    } catch {
      // RpcConnection reports lost connections.
    }
  }
  node.onState(() => {
    if (node.state === "live") void compare();
  });
}
