import { ARBITRAGE_API, hosts } from "../../origin.ts";
import { principalOf } from "../../session/SessionStore.ts";
import { useSession } from "../../session/session.ts";

export type ServiceName = "node" | "reserves" | "arbitrage" | "backup";

interface Service {
  readonly name: ServiceName;
  readonly title: string;
  readonly part: string;
  readonly path: string;
}

const ALL: readonly Service[] = [
  { name: "node", title: "Node", part: "chain", path: "/node/v1" },
  { name: "reserves", title: "Reserves", part: "reserves", path: "/v1" },
  { name: "arbitrage", title: "Arbitrage", part: "arbitrage", path: ARBITRAGE_API },
  { name: "backup", title: "Backup", part: "backup", path: "/v1" },
];

export const SERVICES: readonly Service[] = ALL.filter(({ part }) => hosts(part));

export const KNOWING: readonly ServiceName[] = SERVICES.map(({ name }) => name).filter(
  (name) => name !== "node",
);

export function partOf(service: ServiceName): string {
  return ALL.find(({ name }) => name === service)!.part;
}

export function pathOf(service: ServiceName): string {
  return ALL.find(({ name }) => name === service)!.path;
}

type Access = "open" | "asking" | "unreachable" | "closed";

export function useAccess(service: ServiceName): Access {
  const state = useSession();
  if (service === "node" || principalOf(state) !== null) return "open";
  const { kind } = state;
  return kind === "asking" || kind === "unreachable" ? kind : "closed";
}
