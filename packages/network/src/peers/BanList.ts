import type { BanView } from "@trellis/protocol";
import type { PeerId } from "../transport/Transport.ts";
import { BAN_LIMITS } from "./limits.ts";

/** Outlasts the ban, because each ban lengthens the next. */
export interface BanRecord extends BanView {
  readonly count: number;
  readonly host: string | undefined;
}

export const FOREVER_MS = Number.MAX_SAFE_INTEGER;

export class BanList {
  readonly #records = new Map<string, BanRecord>();

  constructor(records: readonly BanRecord[] = []) {
    for (const record of records) this.#put(record);
  }

  banPeer(peer: PeerId, host: string | undefined, reason: string, nowMs: number): BanRecord {
    return this.#punish({ kind: "peer", target: peer, host, reason }, nowMs);
  }

  banHost(host: string, reason: string, nowMs: number): BanRecord {
    return this.#punish({ kind: "ip", target: host, host, reason }, nowMs);
  }

  banByOperator(
    { kind, target, reason, untilMs }: Pick<BanRecord, "kind" | "target" | "reason" | "untilMs">,
    nowMs: number,
  ): BanRecord {
    const count = this.#records.get(keyOf(kind, target))?.count ?? 0;
    return this.#put({
      kind,
      target,
      reason: shortened(reason),
      sinceMs: nowMs,
      untilMs,
      isByOperator: true,
      count,
      host: kind === "ip" ? target : undefined,
    });
  }

  unban(kind: BanView["kind"], target: string, nowMs: number): boolean {
    const wasBanned = this.#inForce(kind, target, nowMs);
    this.#records.delete(keyOf(kind, target));
    return wasBanned;
  }

  isPeerBanned(peer: PeerId, nowMs: number): boolean {
    return this.#inForce("peer", peer, nowMs);
  }

  isHostBanned(host: string, nowMs: number): boolean {
    return this.#inForce("ip", host, nowMs);
  }

  bannedIdsOf(host: string, nowMs: number): number {
    const sinceMs = nowMs - BAN_LIMITS.hostWindowMs;
    let count = 0;
    for (const record of this.#records.values()) {
      if (record.host !== host || record.kind !== "peer") continue;
      if (!record.isByOperator && record.sinceMs > sinceMs) count++;
    }
    return count;
  }

  bans(nowMs: number): BanRecord[] {
    return [...this.#records.values()].filter(({ untilMs }) => untilMs > nowMs);
  }

  records(nowMs: number): BanRecord[] {
    return [...this.#records.values()].filter(({ untilMs }) => untilMs + BAN_LIMITS.forgetMs > nowMs);
  }

  #inForce(kind: BanView["kind"], target: string, nowMs: number): boolean {
    return (this.#records.get(keyOf(kind, target))?.untilMs ?? 0) > nowMs;
  }

  #punish(
    { kind, target, host, reason }: Pick<BanRecord, "kind" | "target" | "host" | "reason">,
    nowMs: number,
  ): BanRecord {
    const former = this.#records.get(keyOf(kind, target));
    if (former?.isByOperator === true && former.untilMs > nowMs) return former;
    const isRepeated = former !== undefined && former.untilMs + BAN_LIMITS.forgetMs > nowMs;
    const count = isRepeated ? former.count + 1 : 1;
    const durationMs = Math.min(BAN_LIMITS.firstMs * 2 ** (count - 1), BAN_LIMITS.longestMs);
    return this.#put({
      kind,
      target,
      reason: shortened(reason),
      sinceMs: nowMs,
      untilMs: nowMs + durationMs,
      isByOperator: false,
      count,
      host,
    });
  }

  #put(record: BanRecord): BanRecord {
    const key = keyOf(record.kind, record.target);
    this.#records.delete(key);
    this.#records.set(key, record);
    if (this.#records.size > BAN_LIMITS.recordsMax) this.#dropOne(record);
    return record;
  }

  /** The operator's bans are dropped last. */
  #dropOne(added: BanRecord): void {
    let first: BanRecord | undefined;
    for (const record of this.#records.values()) {
      if (record !== added && (first === undefined || goesBefore(record, first))) first = record;
    }
    if (first !== undefined) this.#records.delete(keyOf(first.kind, first.target));
  }
}

function goesBefore(a: BanRecord, b: BanRecord): boolean {
  if (a.isByOperator !== b.isByOperator) return b.isByOperator;
  return a.untilMs < b.untilMs;
}

function keyOf(kind: BanView["kind"], target: string): string {
  return `${kind} ${target}`;
}

function shortened(reason: string): string {
  return reason.slice(0, BAN_LIMITS.reasonCharactersMax);
}
