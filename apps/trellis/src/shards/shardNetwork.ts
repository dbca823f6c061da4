import { platformErrors } from "@trellis/platform";
import type { NetworkSettings } from "../node/networkSettings.ts";
import { usesMdns } from "../node/openNetwork.ts";

const PORT = /\/tcp\/(\d+)/;
const PORT_MAX = 65_535;

/**
 * Settings of the p2p network of shard n > 0, whose peers shard 0's network finds. [NET-32]
 * @param settings of shard 0, with multiaddrs
 * @param found addresses of peers that follow the shard
 */
export function networkOfShard(
  settings: NetworkSettings,
  shard: number,
  found: readonly string[] = [],
): NetworkSettings {
  const { listen, announce } = settings;
  const moved = (addresses: readonly string[]) => addresses.map((address) => addressOfShard(address, shard));
  return {
    ...settings,
    listen: moved(listen),
    announce: moved(announce),
    bootstrap: found,
    mdns: usesMdns(settings),
  };
}

/** Each shard has the port of shard 0, plus its number. Port 0 stays: any free one. @throws CONFIG_INVALID_VALUE */
function addressOfShard(address: string, shard: number): string {
  return address.replace(PORT, (unchanged, digits: string) => {
    const port = Number(digits);
    if (port === 0) return unchanged;
    if (port + shard > PORT_MAX)
      throw platformErrors.CONFIG_INVALID_VALUE({
        address,
        reason: `shard ${shard} has no port`,
        expected: `a port that leaves one to each shard, up to ${PORT_MAX}`,
      });
    return `/tcp/${port + shard}`;
  });
}
