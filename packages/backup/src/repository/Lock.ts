import type { Clock, Random, Scheduler, Timer } from "@trellis/base";
import { z } from "zod";
import { backupErrors } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import { jsonIn } from "./jsonIn.ts";

const LOCKS = "locks/";
const LEASE_MS = 120_000;
const RENEWALS_PER_LEASE = 4;
/** A change that began in time ends before others may begin. */
const CHANGE_MS_MAX = 30_000;

export const lockFile = z.strictObject({
  /** For people: what runs, and where. */
  holder: z.string().max(512),
  expiresMs: z.int().min(0),
});

interface Ports {
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

/** Excludes other runs on a repository. Expires if its holder dies. */
export class Lock {
  readonly #name: string;
  readonly #holder: string;
  readonly #ports: Ports;
  /** For this run. */
  #expiresMs = 0;
  #timer: Timer | undefined;
  #renewing: Promise<void> = Promise.resolve();

  private constructor(holder: string, ports: Ports) {
    this.#holder = holder;
    this.#ports = ports;
    this.#name = `${LOCKS}${Buffer.from(ports.random.bytes(16)).toString("hex")}`;
  }

  /**
   * If two runs start at once, both may be refused, but never none.
   * @throws REPOSITORY_LOCKED, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
   */
  static async take(holder: string, ports: Ports): Promise<Lock> {
    const lock = new Lock(holder, ports);
    await lock.#write();
    try {
      await lock.#refuseOthers();
    } catch (error) {
      await ports.store.delete(lock.#name);
      throw error;
    }
    lock.#renewLater();
    return lock;
  }

  /**
   * Call before each change that another run must not see half done.
   * @throws REPOSITORY_LOCKED if the lock has expired, because the clock jumped or a renewal failed
   */
  readonly check = (): void => {
    if (this.#ports.clock.nowMs() < this.#expiresMs) return;
    const { place } = this.#ports.store;
    throw backupErrors.REPOSITORY_LOCKED({ place, reason: "this run's lock has expired" });
  };

  async release(): Promise<void> {
    this.#timer?.cancel();
    await this.#renewing;
    await this.#ports.store.delete(this.#name);
  }

  async #write(): Promise<void> {
    const expiresMs = this.#ports.clock.nowMs() + LEASE_MS;
    const file: z.input<typeof lockFile> = { holder: this.#holder, expiresMs };
    await this.#ports.store.put(this.#name, Buffer.from(JSON.stringify(file)));
    this.#expiresMs = expiresMs - CHANGE_MS_MAX;
  }

  async #refuseOthers(): Promise<void> {
    const { store, clock } = this.#ports;
    for await (const name of store.list(LOCKS)) {
      const bytes = name === this.#name ? undefined : await store.get(name);
      if (bytes === undefined) continue;
      const { holder, expiresMs } = jsonIn(lockFile, name, bytes);
      if (expiresMs > clock.nowMs()) {
        const expires = new Date(expiresMs).toISOString();
        throw backupErrors.REPOSITORY_LOCKED({ place: store.place, holder, expires, lock: name });
      }
      await store.delete(name);
    }
  }

  #renewLater(): void {
    this.#timer = this.#ports.scheduler.after(LEASE_MS / RENEWALS_PER_LEASE, () => {
      // A failed renewal shows at the next `check` after the lease.
      this.#renewing = this.#renew().catch(() => {});
    });
  }

  async #renew(): Promise<void> {
    try {
      this.check();
      await this.#write();
    } finally {
      if (this.#ports.clock.nowMs() < this.#expiresMs) this.#renewLater();
    }
  }
}
