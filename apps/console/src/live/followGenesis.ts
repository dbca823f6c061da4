import type { InfoJson } from "./chainTypes.ts";
import type { RpcConnection } from "./RpcConnection.ts";

/**
 * Asks for the genesis whenever the node is there again.
 * @param begin called where another chain came to the address: nothing that is shown or kept is of it
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
      // The connection is lost again, which says so itself.
    }
  }
  node.onState(() => {
    if (node.state === "live") void compare();
  });
}
