import type { Clock } from "@trellis/base";
import type { Principal } from "../auth/Principal.ts";
import { dayOf } from "./day.ts";
import { type CallerUsage, OTHER, OTHER_TENANT } from "./Usage.ts";

/** Per process and day. Later callers become `other`. [COST-2] */
export const CALLERS_MAX = 1_000;
export const TENANTS_MAX = 1_000;
const KEY_CHARS_MAX = 128;

type Counted = { -readonly [Member in keyof CallerUsage]: CallerUsage[Member] };

interface Day {
  readonly counted: Map<string, Counted>;
  /** Also those that were drained. */
  readonly callers: Set<string>;
  readonly tenants: Set<string>;
}

export interface DayUsage {
  readonly day: string;
  readonly callers: readonly CallerUsage[];
}

/** Counts requests until they are drained. */
export class UsageMeter {
  readonly #clock: Clock;
  readonly #days = new Map<string, Day>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param requests 0 for further bytes of a request that was counted */
  count(principal: Principal | undefined, bytesIn: number, bytesOut: number, requests = 1): void {
    const caller = { tenant: principal?.customerId, key: keyOf(principal), requests, bytesIn, bytesOut };
    this.#add(dayOf(this.#clock.nowMs()), caller);
  }

  /** Each count is returned once, unless it is restored. */
  drain(): DayUsage[] {
    const today = dayOf(this.#clock.nowMs());
    const drained = [...this.#days].flatMap(([day, { counted }]) =>
      counted.size === 0 ? [] : [{ day, callers: [...counted.values()] }],
    );
    for (const [day, { counted }] of this.#days) {
      if (day === today) counted.clear();
      else this.#days.delete(day);
    }
    return drained.map(({ day, callers }) => ({ day, callers: callers.map((one) => ({ ...one })) }));
  }

  /** Of drained usage that was not written. */
  restore(drained: readonly DayUsage[]): void {
    for (const { day, callers } of drained) for (const caller of callers) this.#add(day, caller);
  }

  #add(name: string, given: CallerUsage): void {
    const day = this.#day(name);
    const { tenant, key } = bounded(day, given);
    const id = idOf(tenant, key);
    let counted = day.counted.get(id);
    if (counted === undefined) {
      counted = { tenant, key, requests: 0, bytesIn: 0, bytesOut: 0 };
      day.counted.set(id, counted);
    }
    counted.requests += given.requests;
    counted.bytesIn += given.bytesIn;
    counted.bytesOut += given.bytesOut;
  }

  #day(name: string): Day {
    let day = this.#days.get(name);
    if (day === undefined) {
      day = { counted: new Map(), callers: new Set(), tenants: new Set() };
      this.#days.set(name, day);
    }
    return day;
  }
}

function bounded(
  { callers, tenants }: Day,
  { tenant, key }: Pick<CallerUsage, "tenant" | "key">,
): Pick<CallerUsage, "tenant" | "key"> {
  const id = idOf(tenant, key);
  if (callers.has(id)) return { tenant, key };
  const isKnown = tenant === undefined || tenant === OTHER_TENANT || tenants.has(tenant);
  if (!isKnown && tenants.size >= TENANTS_MAX) return { tenant: OTHER_TENANT, key: OTHER };
  if (tenant !== undefined) tenants.add(tenant);
  if (key === OTHER || callers.size >= CALLERS_MAX) return { tenant, key: OTHER };
  callers.add(id);
  return { tenant, key };
}

function idOf(tenant: string | undefined, key: string): string {
  return JSON.stringify([tenant, key]);
}

/** Names of users are personal data, so all users are one key. PostgreSQL refuses NUL characters. */
function keyOf(principal: Principal | undefined): string {
  if (principal === undefined || principal.kind === "anonymous") return "anonymous";
  if (principal.kind === "user") return "users";
  return principal.id.slice(0, KEY_CHARS_MAX).replaceAll("\0", "");
}
