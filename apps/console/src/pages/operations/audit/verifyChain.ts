import { type Hex, sha256, stringToBytes } from "viem";

export interface AuditEntryJson {
  readonly sequence: number;
  readonly timeMs: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: "done" | "refused" | "failed";
  readonly correlationId: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly previousHash: Hex;
  readonly hash: Hex;
}

const DOMAIN = "trellis audit entry 1";
const GENESIS_HASH: Hex = `0x${"00".repeat(32)}`;

/** SHA-256 of a JSON array of the fields in this order. Facts are sorted by name. */
export function entryHash(entry: Omit<AuditEntryJson, "hash">): Hex {
  const { sequence, timeMs, actor, action, subject, outcome, correlationId, facts, previousHash } = entry;
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  const previous = previousHash.slice(2);
  const fields = [DOMAIN, sequence, timeMs, actor, action, subject, outcome, correlationId, sorted, previous];
  return sha256(stringToBytes(JSON.stringify(fields)));
}

export interface BrokenLink {
  readonly sequence: number;
  readonly reason: string;
}

/** Ignores entries after the first broken link. */
export class ChainCheck {
  #count = 0;
  #head = GENESIS_HASH;
  #broken: BrokenLink | undefined;

  get count(): number {
    return this.#count;
  }

  get head(): Hex {
    return this.#head;
  }

  get broken(): BrokenLink | undefined {
    return this.#broken;
  }

  add(entry: AuditEntryJson): void {
    if (this.#broken !== undefined) return;
    const reason = this.#faultOf(entry);
    if (reason !== undefined) {
      this.#broken = { sequence: entry.sequence, reason };
      return;
    }
    this.#count++;
    this.#head = entry.hash;
  }

  #faultOf(entry: AuditEntryJson): string | undefined {
    if (entry.sequence !== this.#count) return `entry ${this.#count} is missing`;
    if (entryHash(entry) !== entry.hash) return "its hash does not match its content";
    return entry.previousHash === this.#head ? undefined : "it does not follow the previous entry";
  }
}
