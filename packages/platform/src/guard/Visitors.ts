import { type Clock, type Log, LruMap } from "@trellis/base";
import { Account } from "./Account.ts";
import { AddressList } from "./AddressList.ts";
import { addressKey } from "./address.ts";
import { type Offence, Reputation } from "./Reputation.ts";

/** Further visitors evict the least recently used one, but not its ban. */
const VISITORS_MAX = 65_536;
const BANS_MAX = 65_536;
/** Repeated limit hits within this time are one offence. */
const LIMIT_HIT_MS = 100;

export interface Ban {
  /** Address, IPv6 /64, or an operator's network. */
  readonly network: string;
  /** Undefined: until `unban`. */
  readonly untilMs: number | undefined;
  readonly reason: string;
  /** An operator; undefined for automatic bans. */
  readonly by: string | undefined;
}

export class Visitor extends Account {
  readonly reputation = new Reputation();
  principalMs = Number.NEGATIVE_INFINITY;
  #limitHitMs = 0;

  isLimitHitDue(nowMs: number): boolean {
    if (Math.abs(nowMs - this.#limitHitMs) < LIMIT_HIT_MS) return false;
    this.#limitHitMs = nowMs;
    return true;
  }
}

export interface AddressLists {
  /** Addresses that are never limited or banned. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

export class Visitors {
  readonly #visitors = new LruMap<string, Visitor>(VISITORS_MAX);
  readonly #bans = new Map<string, Ban>();
  #networks: readonly { readonly ban: Ban; readonly list: AddressList }[] = [];
  #allow: AddressList;
  #deny: AddressList;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  version = 0;

  constructor(
    windowMs: number,
    lists: AddressLists,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ) {
    this.#windowMs = windowMs;
    this.#allow = new AddressList(lists.allow);
    this.#deny = new AddressList(lists.deny);
    this.#clock = clock;
    this.#log = log;
  }

  setLists({ allow, deny }: AddressLists): void {
    this.#allow = new AddressList(allow);
    this.#deny = new AddressList(deny);
    this.version++;
  }

  get lists(): AddressLists {
    return { allow: this.#allow.texts, deny: this.#deny.texts };
  }

  /** @param address normalized */
  at(address: string): Visitor {
    const key = addressKey(address);
    let visitor = this.#visitors.get(key);
    if (visitor === undefined) {
      visitor = new Visitor(key, this.#windowMs);
      this.#visitors.set(key, visitor);
    }
    return visitor;
  }

  isAllowed(address: string): boolean {
    return this.#allow.has(address);
  }

  isDenied(address: string): boolean {
    return this.#deny.has(address);
  }

  banOf(address: string): Ban | undefined {
    if (this.#bans.size === 0) return undefined;
    const key = addressKey(address);
    const ban = this.#bans.get(key) ?? this.#networks.find(({ list }) => list.has(address))?.ban;
    if (ban?.untilMs === undefined || ban.untilMs > this.#clock.nowMs()) return ban;
    this.#remove(ban);
    return undefined;
  }

  offend({ key, reputation }: Visitor, offence: Offence): void {
    const nowMs = this.#clock.nowMs();
    const banMs = reputation.offend(offence, nowMs);
    if (banMs === 0) return;
    this.#log.warn("guard.banned", { address: key, seconds: banMs / 1_000, offence });
    this.ban({ network: key, untilMs: nowMs + banMs, reason: offence, by: undefined });
  }

  ban(ban: Ban): void {
    this.version++;
    this.#bans.delete(ban.network);
    this.#bans.set(ban.network, ban);
    if (this.#bans.size > BANS_MAX) {
      const oldest = this.#bans.values().find(({ by }) => by === undefined);
      if (oldest !== undefined) this.#bans.delete(oldest.network);
    }
    if (ban.by !== undefined) this.#indexNetworks();
  }

  unban(network: string): boolean {
    const ban = this.#bans.get(network);
    if (ban === undefined) return false;
    this.#remove(ban);
    this.#visitors.get(network)?.reputation.forgive();
    return true;
  }

  bans(): Ban[] {
    const nowMs = this.#clock.nowMs();
    for (const ban of [...this.#bans.values()]) {
      if (ban.untilMs !== undefined && ban.untilMs <= nowMs) this.#remove(ban);
    }
    return [...this.#bans.values()];
  }

  /** Keeps the ban count, so that the next ban is longer. */
  #remove({ network, by }: Ban): void {
    this.#bans.delete(network);
    if (by !== undefined) this.#indexNetworks();
  }

  #indexNetworks(): void {
    this.#networks = [...this.#bans.values()]
      .filter(({ by }) => by !== undefined)
      .map((ban) => ({ ban, list: new AddressList([ban.network]) }));
  }
}
