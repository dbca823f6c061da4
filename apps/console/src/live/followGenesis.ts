import type { InfoJson } from "./chainTypes.ts";
import type { RpcConnection } from "./RpcConnection.ts";

/**
 * @param begin called if the genesis hash differs after a reconnection, because all cached data is then
 * invalid
 */
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
