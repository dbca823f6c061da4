import { readFileSync, realpathSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { bytesToHex, type Clock, isTrellisError, type Random, type Scheduler } from "@trellis/base";
import { sha256 } from "@trellis/crypto";
import { lockDirectory } from "@trellis/storage/lock";
import { z } from "zod";
import { signerErrors } from "../keyServices/errors.ts";
import { jsonOf } from "../keyServices/KeyServiceHttp.ts";
import { writeDurably } from "./systemKeyDirectory.ts";

/** Lease lifetime without renewal. */
export const LEASE_MS = 10_000;
const RENEWALS_PER_LEASE = 4;
const FILE = "lease.json";

export interface Lease {
  /**
   * Call before each signature.
   * @throws SIGNER_SETUP_INVALID if the lease is lost; SIGNER_UNREACHABLE until it is renewed
   */
  check(): void;
  release(): Promise<void>;
}

export interface LeasePorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Operating system locks only work within one kernel. */
  readonly machine: string;
}

const leaseFile = z.strictObject({
  machine: z.string().max(256),
  instance: z.string().regex(/^[0-9a-f]{32}$/),
  renewal: z.int().min(0),
  isReleased: z.boolean(),
});
type LeaseFile = z.output<typeof leaseFile>;

/**
 * A lock excludes instances on this machine; renewals of the file exclude those elsewhere. A holder that lost
 * the lease stops signing.
 * @throws SIGNER_SETUP_INVALID while another instance holds the lease; STORE_UNAVAILABLE
 */
export async function openLease(directory: string, ports: LeasePorts): Promise<Lease> {
  const lock = await locked(directory);
  try {
    const path = join(directory, FILE);
    const held = readLease(path);
    const isDead = held === undefined || held.isReleased || held.machine === ports.machine;
    if (!isDead) await observe(path, held, ports.scheduler);
    const kept = await keepLease(path, ports);
    return {
      check: kept.check,
      async release() {
        await kept.release();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function locked(directory: string) {
  try {
    return await lockDirectory(directory);
  } catch (error) {
    if (!isTrellisError(error, "STORE_LOCKED")) throw error;
    throw taken({ directory, pid: error.facts.pid }, error);
  }
}

async function observe(path: string, held: LeaseFile, scheduler: Scheduler): Promise<void> {
  await new Promise<void>((resolve) => void scheduler.after(LEASE_MS, resolve));
  const now = readLease(path);
  if (now === undefined || now.isReleased) return;
  if (now.instance !== held.instance || now.renewal !== held.renewal) throw taken({ machine: held.machine });
}

async function keepLease(path: string, { clock, scheduler, random, machine }: LeasePorts): Promise<Lease> {
  const instance = Buffer.from(random.bytes(16)).toString("hex");
  let renewal = 0;
  let renewedMs = clock.nowMs();
  let isLost = false;
  let isReleased = false;
  let renewing: Promise<void> = Promise.resolve();
  let timer = { cancel: () => {} };

  const write = (): Promise<void> =>
    writeDurably(path, `${JSON.stringify({ machine, instance, renewal, isReleased })}\n`);

  async function renew(): Promise<void> {
    const startedMs = clock.nowMs();
    if (readLease(path)?.instance !== instance) isLost = true;
    if (isLost) return;
    renewal += 1;
    await write();
    renewedMs = startedMs;
  }

  function schedule(): void {
    timer = scheduler.after(LEASE_MS / RENEWALS_PER_LEASE, () => {
      // `check` reports failed renewals.
      renewing = renew().catch(() => {});
      void renewing.then(() => {
        if (!isLost && !isReleased) schedule();
      });
    });
  }

  await write();
  schedule();
  return {
    check() {
      // This process may have been suspended since the last renewal.
      if (!isLost && readLease(path)?.instance !== instance) isLost = true;
      if (isLost || isReleased) throw taken({ path });
      if (Math.abs(clock.nowMs() - renewedMs) < LEASE_MS) return;
      throw signerErrors.SIGNER_UNREACHABLE({ reason: "the lease cannot be renewed", path });
    },
    async release() {
      if (isReleased) return;
      timer.cancel();
      await renewing;
      isReleased = true;
      if (!isLost && readLease(path)?.instance === instance) await write();
    },
  };
}

function readLease(path: string): LeaseFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw signerErrors.SIGNER_UNREACHABLE({ reason: "the lease cannot be read", path }, error);
  }
  const read = leaseFile.safeParse(jsonOf(text));
  if (!read.success) throw signerErrors.SIGNER_SETUP_INVALID({ reason: "no lease file", path });
  return read.data;
}

function taken(
  facts: Readonly<Record<string, string | number | bigint | boolean | null | undefined>>,
  cause?: unknown,
) {
  return signerErrors.SIGNER_SETUP_INVALID({ reason: "another instance is using the keys", ...facts }, cause);
}

/** One kernel has one boot id, even in containers. */
export function systemMachine(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return hostname();
  }
}

/** Unchanged after a restart. A copied directory is a new instance, even at the same path in a container. */
export function systemInstance(directory: string): string {
  const { dev, ino } = statSync(directory, { bigint: true });
  const place = [systemMachine(), realpathSync(directory), dev, ino].join("\n");
  return bytesToHex(sha256(Buffer.from(place))).slice(2);
}
