import type { Clock, Random } from "@trellis/base";
import { FORMAT } from "../repository/jsonIn.ts";
import type { Lock } from "../repository/Lock.ts";
import type { Manifest } from "../repository/Manifest.ts";
import type { Repository } from "../repository/Repository.ts";

interface Ports {
  readonly repository: Repository;
  readonly lock: Lock;
  readonly clock: Clock;
  readonly random: Random;
}

/** @param replaced id of a backup that `made` supersedes */
export async function keepBackup(
  made: Pick<Manifest, "atMs" | "release" | "parts" | "base">,
  { repository, lock, clock, random }: Ports,
  replaced?: string,
): Promise<Manifest> {
  const id = backupId(made.atMs, await repository.listed(), random);
  return repository.keep({ format: FORMAT, id, ...made, endedMs: clock.nowMs() }, lock.check, replaced);
}

/**
 * Ids sort in the order of the backups, even if the clock was set back.
 * @param listed ids, oldest first
 */
export function backupId(atMs: number, listed: readonly string[], random: Random): string {
  const [, ...date] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(listed.at(-1) ?? "") ?? [];
  const [year, month, day, hour, minute, second] = date.map(Number);
  const newestMs = date.length === 0 ? 0 : Date.UTC(year!, month! - 1, day, hour, minute, second);
  const time = new Date(Math.max(atMs, newestMs + 1_000)).toISOString().replace(/[-:]|\.\d+/g, "");
  return `${time}-${Buffer.from(random.bytes(4)).toString("hex")}`;
}
