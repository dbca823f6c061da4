import type { NameResolver } from "../ports/NameResolver.ts";
import { SEED_LIMITS } from "./limits.ts";
import { readRecords } from "./readRecords.ts";
import { type SeedName, seedNameOf } from "./seedName.ts";

/** `host`: the operator wrote the host's name. `record`: a TXT record contains the address. */
export type SeedSource = SeedName["kind"];

export interface SeedAnswer {
  readonly addresses: readonly string[];
  readonly refusedCount: number;
}

interface ResolvePorts {
  readonly resolver: NameResolver;
  readonly within: <T>(work: Promise<T>) => Promise<T>;
  /** Undefined: not to be dialled. */
  readonly accept: (address: string, source: SeedSource) => string | undefined;
}

/** Rejects if the first lookup fails; tolerates failures of names in records. [LINK-20] */
export async function resolveSeed(
  seed: string,
  { resolver, within, accept }: ResolvePorts,
): Promise<SeedAnswer> {
  const source = seedNameOf(seed)!.kind;
  const found = new Set<string>();
  const looked = new Set<string>();
  let refusedCount = 0;
  let names = [seed];
  for (let depth = 0; depth < SEED_LIMITS.depthMax && names.length > 0; depth++) {
    const fresh = [...new Set(names)].filter((name) => !looked.has(name.toLowerCase()));
    const next = fresh.slice(0, SEED_LIMITS.lookupsMax - looked.size);
    for (const name of next) looked.add(name.toLowerCase());
    const lookups = next.map((name) => within(lookUp(seedNameOf(name)!, resolver)));
    const answers = depth === 0 ? [await lookups[0]!] : await successes(lookups);
    names = [];
    for (const address of answers.flat()) {
      const accepted = seedNameOf(address) === undefined ? accept(address, source) : undefined;
      if (seedNameOf(address) !== undefined) names.push(address);
      else if (accepted === undefined) refusedCount++;
      else found.add(accepted);
    }
  }
  return { addresses: [...found], refusedCount };
}

async function lookUp(name: SeedName, resolver: NameResolver): Promise<string[]> {
  if (name.kind === "records") return readRecords(await resolver.texts(`_dnsaddr.${name.host}`), name.peer);
  const ips = (await resolver.addresses(name.host)).slice(0, SEED_LIMITS.recordsMax);
  return ips
    .map((ip) => [ip.includes(":") ? "6" : "4", ip] as const)
    .filter(([family]) => name.family === "" || name.family === family)
    .map(([family, ip]) => `/ip${family}/${ip}${name.rest}`);
}

async function successes<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  return settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}
