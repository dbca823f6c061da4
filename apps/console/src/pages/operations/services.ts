import { ARBITRAGE_API, hosts } from "../../session/origin.ts";
import { principalOf } from "../../session/SessionStore.ts";
import { useSession } from "../../session/session.ts";

/** The services behind an origin, as far as pages of the console look at them. */
export type ServiceName = "node" | "reserves" | "arbitrage";

interface Service {
  readonly name: ServiceName;
  readonly title: string;
  /** What the server calls it in the page. */
  readonly part: string;
  /** Where its API begins. */
  readonly path: string;
}

const ALL: readonly Service[] = [
  { name: "node", title: "Node", part: "chain", path: "/node/v1" },
  { name: "reserves", title: "Reserves", part: "reserves", path: "/v1" },
  { name: "arbitrage", title: "Arbitrage", part: "arbitrage", path: ARBITRAGE_API },
];

/** Those that are there. */
export const SERVICES: readonly Service[] = ALL.filter(({ part }) => hosts(part));

/** Of them those that know who asks, by keys of their own, and keep record of what was done. */
export const KNOWING: readonly ServiceName[] = SERVICES.map(({ name }) => name).filter(
  (name) => name !== "node",
);

/** What the server calls it in the page. */
export function partOf(service: ServiceName): string {
  return ALL.find(({ name }) => name === service)!.part;
}

export function pathOf(service: ServiceName): string {
  return ALL.find(({ name }) => name === service)!.path;
}

export type Access = "open" | "asking" | "unreachable" | "closed";

/** Whether this browser may ask the service at all. A node knows nobody: it answers whoever reaches it, or nobody. */
export function useAccess(service: ServiceName): Access {
  const state = useSession();
  if (service === "node" || principalOf(state) !== null) return "open";
  const { kind } = state;
  return kind === "asking" || kind === "unreachable" ? kind : "closed";
}
