import type { NameResolver } from "@trellis/network";
import { simulatorErrors } from "../errors.ts";
import type { NodeTime } from "../world/NodeTime.ts";
import type { RandomStream } from "../world/RandomStream.ts";

export const SEED_NAME = "/dnsaddr/seeds.sim";

const FAILURES = 0.2;
const SILENCES = 0.1;

/** The TXT records of `SEED_NAME`. Some lookups fail, others are never answered. */
export function createSimResolver(
  addresses: readonly string[],
  { time, random }: { readonly time: NodeTime; readonly random: RandomStream },
): NameResolver {
  const fail = (reason: string) => simulatorErrors.SIMULATED_PEER_UNREACHABLE({ address: SEED_NAME, reason });
  return {
    addresses: async () => {
      throw fail("hosts are not simulated");
    },
    texts: async () => {
      if (random.chance(SILENCES)) return new Promise(() => {});
      await time.wait(random.between(1, 500), "name lookup");
      if (random.chance(FAILURES)) throw fail("name lookup failed");
      return addresses.map((address) => `dnsaddr=${address}`);
    },
    cancel: () => {},
  };
}
