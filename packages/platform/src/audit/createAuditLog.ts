import { baseErrors, bytesEqual, type Clock, SerialQueue } from "@trellis/base";
import type { AuditEntry, AuditEvent, AuditStore } from "./AuditEntry.ts";
import { entryHash, GENESIS_HASH } from "./entryHash.ts";

export interface AuditLog {
  /** @throws ARGUMENT_INVALID */
  append(event: AuditEvent): Promise<AuditEntry>;
}

export interface AuditLogPorts {
  readonly store: AuditStore;
  readonly clock: Clock;
}

const TEXT_CHARS_MAX = 256;
const FACTS_MAX = 32;
const FACT_CHARS_MAX = 1_024;

export function createAuditLog({ store, clock }: AuditLogPorts): AuditLog {
  const queue = new SerialQueue();

  const appendNext = (event: AuditEvent): Promise<AuditEntry> =>
    store.append((head) => {
      const unhashed = {
        ...event,
        sequence: head === undefined ? 0 : head.sequence + 1,
        timeMs: clock.nowMs(),
        previousHash: head?.hash ?? GENESIS_HASH,
      };
      return { ...unhashed, hash: entryHash(unhashed) };
    });

  return {
    append(event) {
      requireRecordable(event);
      return queue.run(() => appendNext(event));
    },
  };
}

function requireRecordable({ actor, action, subject, correlationId, facts }: AuditEvent): void {
  const long = [actor, action, subject, correlationId].find((text) => text.length > TEXT_CHARS_MAX);
  const entries = Object.entries(facts);
  const isTooMuch =
    entries.length > FACTS_MAX ||
    entries.some(([name, fact]) => name.length > TEXT_CHARS_MAX || fact.length > FACT_CHARS_MAX);
  if (long === undefined && !isTooMuch) return;
  const rule = "an audit entry has short texts and few, short facts";
  throw baseErrors.ARGUMENT_INVALID({ rule, action: action.slice(0, 64) });
}

export interface BrokenLink {
  readonly sequence: number;
  readonly reason: "a gap" | "its hash does not match its content" | "it does not follow the previous entry";
}

export interface AuditVerification {
  readonly entryCount: number;
  readonly broken: BrokenLink | undefined;
  readonly head: { readonly sequence: number; readonly hash: Uint8Array } | undefined;
}

const READ_AT_ONCE = 1_000;

/** Stops at the first broken link. A truncated log passes: compare `head` with an anchored one. */
export async function verifyAuditLog(store: Pick<AuditStore, "read">): Promise<AuditVerification> {
  let previous: AuditEntry | undefined;
  let entryCount = 0;
  for (;;) {
    const entries = await store.read(entryCount, READ_AT_ONCE);
    for (const entry of entries) {
      const reason = faultOf(entry, entryCount, previous);
      if (reason !== undefined) {
        return { entryCount, broken: { sequence: entry.sequence, reason }, head: headOf(previous) };
      }
      previous = entry;
      entryCount++;
    }
    if (entries.length < READ_AT_ONCE) return { entryCount, broken: undefined, head: headOf(previous) };
  }
}

function faultOf(
  entry: AuditEntry,
  sequence: number,
  previous: AuditEntry | undefined,
): BrokenLink["reason"] | undefined {
  if (entry.sequence !== sequence) return "a gap";
  if (!bytesEqual(entryHash(entry), entry.hash)) return "its hash does not match its content";
  if (!bytesEqual(entry.previousHash, previous?.hash ?? GENESIS_HASH))
    return "it does not follow the previous entry";
  return undefined;
}

function headOf(entry: AuditEntry | undefined) {
  return entry === undefined ? undefined : { sequence: entry.sequence, hash: entry.hash };
}
