import { lookup, Resolver } from "node:dns/promises";
import { SerialQueue } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type { NameResolver } from "../ports/NameResolver.ts";
import { SEED_LIMITS } from "./limits.ts";

const TRIES = 2;

/**
 * @param servers IP addresses with optional ports. Default: the system's servers; hosts then also use its hosts
 * file and search domains.
 */
export function systemResolver(servers: readonly string[], lookUpHost = systemHosts): NameResolver {
  const hosts = oneByOne(lookUpHost);
  const active = new Set<Resolver>();
  /** A new resolver each time: it reads the system's servers only once. */
  const resolving = async <T>(run: (resolver: Resolver) => Promise<T>): Promise<T> => {
    const resolver = new Resolver({ timeout: SEED_LIMITS.lookupMs / TRIES, tries: TRIES });
    if (servers.length > 0) resolver.setServers(servers);
    active.add(resolver);
    return run(resolver).finally(() => active.delete(resolver));
  };
  return {
    addresses: async (host) => {
      if (servers.length === 0) return hosts(host);
      return resolving((resolver) => bothFamilies(host, resolver));
    },
    texts: (name) =>
      resolving(async (resolver) => (await resolver.resolveTxt(name)).map((parts) => parts.join(""))),
    cancel: () => {
      for (const resolver of active) resolver.cancel();
    },
  };
}

async function systemHosts(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Each lookup holds a thread that files need too, for as long as the server is silent: past any deadline. */
function oneByOne(lookUpHost: typeof systemHosts): typeof systemHosts {
  const queue = new SerialQueue();
  const waiting = new Map<string, Promise<readonly string[]>>();
  return async (host) => {
    if (!waiting.has(host) && waiting.size >= SEED_LIMITS.lookupsMax)
      throw networkErrors.DIAL_FAILED({ reason: "earlier lookups are still waiting" });
    const found = waiting.get(host) ?? queue.run(() => lookUpHost(host)).finally(() => waiting.delete(host));
    waiting.set(host, found);
    return found;
  };
}

async function bothFamilies(host: string, resolver: Resolver): Promise<string[]> {
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const [first] = answers;
  if (answers.every(({ status }) => status === "rejected")) throw (first as PromiseRejectedResult).reason;
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
