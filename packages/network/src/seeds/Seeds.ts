import { isTrellisError, type Timer } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type { NameResolver } from "../ports/NameResolver.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { jittered, shuffled } from "../ports/randomNumber.ts";
import { SEED_LIMITS } from "./limits.ts";
import { measureSeeds } from "./measureSeeds.ts";
import { resolveSeed, type SeedSource } from "./resolveSeed.ts";
import { seedNameOf } from "./seedName.ts";

interface SeedsOptions {
  readonly bootstrap: readonly string[];
  readonly accept: (address: string, source: SeedSource) => string | undefined;
  readonly isOwn: (address: string) => boolean;
  readonly isLacking: () => boolean;
  readonly changed: () => void;
}

interface SeedsPorts extends NetworkPorts {
  /** Undefined: the transport resolves host names when it dials. */
  readonly resolver: NameResolver | undefined;
}

interface Seed {
  /** Undefined before the first answer. */
  addresses: readonly string[] | undefined;
  failures: number;
  isUnderway: boolean;
  isRefusing: boolean;
  /** While outbound peers are missing. */
  lackingDueMs: number;
  dueMs: number;
}

/** Resolves the DNS names among the bootstrap addresses. [LINK-20] */
export class Seeds {
  readonly #options: SeedsOptions;
  readonly #ports: SeedsPorts;
  readonly #meters: ReturnType<typeof measureSeeds>;
  readonly #seeds = new Map<string, Seed>();
  #plain: readonly string[] = [];
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: SeedsOptions, ports: SeedsPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#meters = measureSeeds(ports.metrics);
    this.change(options.bootstrap);
  }

  /** Resolves all names again. */
  change(bootstrap: readonly string[]): void {
    const { resolver } = this.#ports;
    const names =
      resolver === undefined ? [] : bootstrap.filter((address) => seedNameOf(address) !== undefined);
    this.#plain = bootstrap.filter((address) => !names.includes(address));
    for (const name of this.#seeds.keys()) if (!names.includes(name)) this.#seeds.delete(name);
    for (const name of names) {
      const seed = this.#seeds.get(name) ?? {
        addresses: undefined,
        failures: 0,
        isUnderway: false,
        isRefusing: false,
      };
      this.#seeds.set(name, Object.assign(seed, { lackingDueMs: 0, dueMs: 0 }));
    }
    this.#meters.addresses.set(this.resolved().length);
  }

  /** Bootstrap addresses that are no names. */
  plain(): readonly string[] {
    return this.#plain;
  }

  /** One address of each name in turn, so that no name displaces others. */
  resolved(): readonly string[] {
    const turns = Array.from({ length: SEED_LIMITS.addressesPerSeedMax }, (_, turn) =>
      [...this.#seeds.values()].flatMap(({ addresses = [] }) => addresses[turn] ?? []),
    );
    return [...new Set(turns.flat())].slice(0, SEED_LIMITS.addressesMax);
  }

  /** Whether all bootstrap addresses are names without an answer. */
  isUnresolved(): boolean {
    const isAnswered = [...this.#seeds.values()].some(({ addresses }) => addresses !== undefined);
    return this.#seeds.size > 0 && this.#plain.length === 0 && !isAnswered;
  }

  start(): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const [name, seed] of this.#seeds) {
      const dueMs = this.#options.isLacking() ? seed.lackingDueMs : seed.dueMs;
      if (!seed.isUnderway && dueMs <= nowMs) void this.#resolve(name, seed);
    }
    const delayMs = jittered(this.#ports.random, SEED_LIMITS.tickMs);
    this.#timer = this.#ports.scheduler.after(delayMs, () => this.start());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#ports.resolver?.cancel();
  }

  async #resolve(name: string, seed: Seed): Promise<void> {
    const { log, clock, random } = this.#ports;
    seed.isUnderway = true;
    try {
      const { addresses, refusedCount } = await resolveSeed(name, {
        resolver: this.#ports.resolver!,
        within: (work) => this.#within(work),
        accept: this.#options.accept,
      });
      if (this.#isStopped) return;
      if (refusedCount > 0 && !seed.isRefusing) log.warn("seed.refused", { seed: name, refusedCount });
      seed.isRefusing = refusedCount > 0;
      if (addresses.length === 0) throw networkErrors.DIAL_FAILED({ reason: "no usable address" });
      if (seed.failures > 0) log.info("seed.recovered", { seed: name });
      seed.failures = 0;
      const others = addresses.filter((address) => !this.#options.isOwn(address));
      seed.addresses = shuffled(random, others).slice(0, SEED_LIMITS.addressesPerSeedMax);
      this.#meters.lookups.add(1, { outcome: "resolved" });
      this.#meters.addresses.set(this.resolved().length);
      this.#options.changed();
    } catch (error) {
      if (this.#isStopped) return;
      // The last answer stays in use.
      if (seed.failures++ === 0) log.warn("seed.failed", { seed: name, reason: reasonOf(error) });
      this.#meters.lookups.add(1, { outcome: "failed" });
    } finally {
      seed.isUnderway = false;
      const retryMs = Math.min(SEED_LIMITS.retryMs * 2 ** (seed.failures - 1), SEED_LIMITS.retryMsMax);
      const [lackingMs, refreshMs] =
        seed.failures > 0 ? [retryMs, retryMs] : [SEED_LIMITS.lackingMs, SEED_LIMITS.refreshMs];
      seed.lackingDueMs = clock.nowMs() + jittered(random, lackingMs);
      seed.dueMs = clock.nowMs() + jittered(random, refreshMs);
    }
  }

  #within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = this.#ports.scheduler.after(SEED_LIMITS.lookupMs, () =>
        reject(networkErrors.DIAL_FAILED({ reason: "no answer in time" })),
      );
      work.then(resolve, reject).finally(() => late.cancel());
    });
  }
}

function reasonOf(error: unknown): string {
  if (isTrellisError(error)) return String(error.facts.reason);
  return error instanceof Error ? error.message : String(error);
}
