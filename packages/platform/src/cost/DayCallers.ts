import { type CallerUsage, OTHER, OTHER_TENANT } from "./Usage.ts";

/** Per day. Later callers become `other`. [COST-2] */
export const CALLERS_MAX = 1_000;
export const TENANTS_MAX = 1_000;

type Counted = { -readonly [Member in keyof CallerUsage]: CallerUsage[Member] };

/** Usage of one day, summed by caller. */
export class DayCallers {
  readonly #counted = new Map<string | undefined, Map<string, Counted>>();
  /** Also of those that were drained. */
  readonly #known = new Map<string | undefined, Set<string>>();
  #callers = 0;
  #tenants = 0;

  add({ tenant, key, requests, bytesIn, bytesOut }: CallerUsage): void {
    const counted = this.#counted.get(tenant)?.get(key) ?? this.#create(tenant, key);
    counted.requests += requests;
    counted.bytesIn += bytesIn;
    counted.bytesOut += bytesOut;
  }

  callers(): CallerUsage[] {
    return [...this.#counted.values()].flatMap((keys) => [...keys.values()].map((one) => ({ ...one })));
  }

  clear(): void {
    this.#counted.clear();
  }

  #create(givenTenant: string | undefined, givenKey: string): Counted {
    const [tenant, key] = this.#bounded(givenTenant, givenKey);
    const keys = this.#counted.getOrInsertComputed(tenant, () => new Map<string, Counted>());
    return keys.getOrInsertComputed(key, () => ({ tenant, key, requests: 0, bytesIn: 0, bytesOut: 0 }));
  }

  #bounded(tenant: string | undefined, key: string): readonly [string | undefined, string] {
    const isFree = tenant === undefined || tenant === OTHER_TENANT;
    let known = this.#known.get(tenant);
    if (known?.has(key)) return [tenant, key];
    if (known === undefined) {
      if (!isFree && this.#tenants >= TENANTS_MAX) return [OTHER_TENANT, OTHER];
      if (!isFree) this.#tenants += 1;
      known = new Set();
      this.#known.set(tenant, known);
    }
    if (key === OTHER || this.#callers >= CALLERS_MAX) return [tenant, OTHER];
    this.#callers += 1;
    known.add(key);
    return [tenant, key];
  }
}
