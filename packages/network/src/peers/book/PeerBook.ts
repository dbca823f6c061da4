import type { Random } from "@trellis/base";
import { shuffled } from "../../ports/randomNumber.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { ipOfAddress, placeOf } from "../ip.ts";
import { BOOK_LIMITS } from "../limits.ts";
import type { BookEntry } from "./bookCodec.ts";

interface HeldEntry {
  entry: BookEntry;
  readonly subnet: string;
}

export interface DialCandidate {
  readonly peer: PeerId;
  readonly addresses: readonly string[];
}

export interface CandidateRules {
  readonly countMax: number;
  readonly isWanted: (peer: PeerId) => boolean;
  readonly subnets: ReadonlySet<string>;
}

/** Discovered peers never evict proven peers (see `isProven`). [PEER-15] */
export class PeerBook {
  readonly #held = new Map<PeerId, HeldEntry>();

  constructor(entries: readonly BookEntry[] = []) {
    for (const entry of entries) this.#put(entry);
  }

  get count(): number {
    return this.#held.size;
  }

  entries(): BookEntry[] {
    return [...this.#held.values()].map(({ entry }) => entry);
  }

  get(peer: PeerId): BookEntry | undefined {
    return this.#held.get(peer)?.entry;
  }

  discovered(peer: PeerId, addresses: readonly string[], nowMs: number): void {
    const fitting = addresses.filter(isDialAddress);
    if (fitting.length === 0 || peer.length > BOOK_LIMITS.idCharactersMax) return;
    const known = this.get(peer);
    if (known === undefined) {
      this.#add(peer, fitting, nowMs);
      return;
    }
    const kept = known.lastSuccessMs === undefined ? [] : known.addresses.slice(0, 1);
    this.#put({
      ...known,
      lastSeenMs: nowMs,
      addresses: distinct([...kept, ...fitting, ...known.addresses]),
    });
  }

  reached(peer: PeerId, address: string, nowMs: number): void {
    this.discovered(peer, [address], nowMs);
    const known = this.get(peer);
    if (known === undefined) return;
    this.#put({
      ...known,
      addresses: isDialAddress(address) ? distinct([address, ...known.addresses]) : known.addresses,
      lastSuccessMs: nowMs,
      failures: 0,
      notBeforeMs: nowMs + BOOK_LIMITS.retryMs,
    });
  }

  failed(peer: PeerId, nowMs: number): void {
    const known = this.get(peer);
    if (known === undefined) return;
    const failures = known.failures + 1;
    if (known.lastSuccessMs === undefined && failures >= BOOK_LIMITS.failuresMax) {
      this.#held.delete(peer);
      return;
    }
    const waitMs = Math.min(BOOK_LIMITS.retryMs * 2 ** (failures - 1), BOOK_LIMITS.retryMsMax);
    const [first, ...rest] = known.addresses;
    this.#put({
      ...known,
      failures,
      notBeforeMs: nowMs + waitMs,
      addresses: first === undefined ? rest : [...rest, first],
    });
  }

  forget(peer: PeerId): void {
    this.#held.delete(peer);
  }

  /** Alternates proven and new peers: neither false addresses nor old peers may fill the list. [PEER-16] */
  candidates(
    random: Random,
    nowMs: number,
    { countMax, isWanted, subnets }: CandidateRules,
  ): DialCandidate[] {
    const isDue = ({ entry: { peer, notBeforeMs } }: HeldEntry) => notBeforeMs <= nowMs && isWanted(peer);
    const due = shuffled(random, [...this.#held.values()].filter(isDue));
    const inTurn = interleaved(
      due.filter(({ entry }) => isProven(entry)),
      due.filter(({ entry }) => !isProven(entry)),
    );
    const used = new Set(subnets);
    const fresh: BookEntry[] = [];
    const others: BookEntry[] = [];
    for (const { entry, subnet } of inTurn) {
      (used.has(subnet) ? others : fresh).push(entry);
      used.add(subnet);
    }
    return [...fresh, ...others].slice(0, countMax).map(({ peer, addresses }) => ({ peer, addresses }));
  }

  #add(peer: PeerId, addresses: readonly string[], nowMs: number): void {
    const entry: BookEntry = {
      peer,
      addresses: distinct(addresses),
      lastSeenMs: nowMs,
      lastSuccessMs: undefined,
      failures: 0,
      notBeforeMs: 0,
    };
    const subnet = subnetOf(entry);
    let alike = 0;
    for (const other of this.#held.values()) if (other.subnet === subnet) alike++;
    if (alike >= BOOK_LIMITS.peersPerSubnetMax) {
      if (!this.#dropOf((other) => other.subnet === subnet)) return;
    } else if (this.#held.size >= BOOK_LIMITS.peersMax && !this.#dropOf(() => true)) return;
    this.#put(entry);
  }

  #put(entry: BookEntry): void {
    this.#held.set(entry.peer, { entry, subnet: subnetOf(entry) });
  }

  #dropOf(isMeant: (held: HeldEntry) => boolean): boolean {
    let worst: BookEntry | undefined;
    for (const held of this.#held.values()) {
      if (!isMeant(held) || isProven(held.entry)) continue;
      if (worst === undefined || isWorse(held.entry, worst)) worst = held.entry;
    }
    return worst !== undefined && this.#held.delete(worst.peer);
  }
}

function isProven({ lastSuccessMs, failures }: BookEntry): boolean {
  return lastSuccessMs !== undefined && failures < BOOK_LIMITS.failuresMax;
}

function isWorse(a: BookEntry, b: BookEntry): boolean {
  return a.failures === b.failures ? a.lastSeenMs < b.lastSeenMs : a.failures > b.failures;
}

export function isDialAddress(address: string): boolean {
  return address.length <= BOOK_LIMITS.addressCharactersMax && /^[!-~]+$/.test(address);
}

function distinct(addresses: readonly string[]): string[] {
  return [...new Set(addresses)].slice(0, BOOK_LIMITS.addressesPerPeerMax);
}

function subnetOf({ peer, addresses }: BookEntry): string {
  const ip = addresses.map(ipOfAddress).find((found) => found !== undefined);
  return ip === undefined ? peer : placeOf(ip).subnet;
}

function interleaved<T>(first: readonly T[], second: readonly T[]): T[] {
  const result: T[] = [];
  for (let index = 0; index < Math.max(first.length, second.length); index++) {
    if (index < first.length) result.push(first[index]!);
    if (index < second.length) result.push(second[index]!);
  }
  return result;
}
