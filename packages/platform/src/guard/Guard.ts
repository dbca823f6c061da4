import { type Clock, type Counter, isTrellisError, type Log, LruMap, type Metrics } from "@trellis/base";
import type { SignableRequest } from "@trellis/crypto/httpSignatures";
import { namesThisMachine } from "../admission/thisMachine.ts";
import { authErrors } from "../auth/errors.ts";
import { platformMetrics } from "../metrics.ts";
import { type AccessPrincipal, LOCAL_PRINCIPAL, type Priority } from "./AccessPrincipal.ts";
import { Account } from "./Account.ts";
import { isLoopback, normalAddress } from "./address.ts";
import { Caller } from "./Caller.ts";
import { type Arrival, clientAddress, isForwarded } from "./clientAddress.ts";
import { guardErrors } from "./errors.ts";
import { type CallGuard, type GuardOptions, REFUSAL_REASONS, type RefusalReason } from "./GuardOptions.ts";
import { Pressure } from "./Pressure.ts";
import { OFFENCES, type Offence } from "./Reputation.ts";
import type { Ban, Visitor, Visitors } from "./Visitors.ts";

export interface Credentials {
  /**
   * @param isBanned if true, refuses tokens that are not verified yet
   * @throws ADDRESS_REFUSED, and the codes of API keys, tokens and signatures
   */
  identify(arrival: ArrivalFacts, isBanned: boolean): AccessPrincipal | undefined | Promise<AccessPrincipal>;
}

export interface ArrivalFacts extends Arrival {
  readonly peerName?: string | undefined;
  /** Undefined on a WebSocket, whose messages a signature cannot cover. */
  readonly request?: Omit<SignableRequest, "headers"> | undefined;
}

export interface GuardPorts {
  readonly visitors: Visitors;
  readonly credentials: Credentials;
  /** Monotonic. */
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly shared?: SharedCounts | undefined;
}

export interface SharedCounts {
  /** Divisor of limits; 1 while the counters are reachable. */
  processes(): number;
  sendSoon(account: Account): void;
}

const PRINCIPALS_MAX = 16_384;
/** Share of connections reserved for local clients, trusted proxies and allowed addresses. */
const CONNECTION_RESERVE = 0.1;
/** Time after authentication in which an address is exempt from automatic bans. */
const PRINCIPAL_MS = 60 * 60_000;

/** Serves all listeners of a process. Does no I/O. */
export class Guard implements CallGuard {
  readonly visitors: Visitors;
  readonly pressure = new Pressure();
  readonly clock: Clock;
  readonly log: Log;
  #options: GuardOptions;
  readonly #credentials: Credentials;
  readonly #accounts = new LruMap<string, Account>(PRINCIPALS_MAX);
  readonly #shared: SharedCounts | undefined;
  readonly #refusals: Counter;
  readonly #offences: Counter;
  #connections = 0;
  #version = 0;

  constructor(options: GuardOptions, { visitors, credentials, clock, metrics, log, shared }: GuardPorts) {
    this.#options = options;
    this.visitors = visitors;
    this.#credentials = credentials;
    this.clock = clock;
    this.log = log;
    this.#shared = shared;
    this.#refusals = metrics.counter(platformMetrics.trellis_guard_refusals_total);
    this.#offences = metrics.counter(platformMetrics.trellis_guard_offences_total);
    // Alerts detect the first increase only of an existing series.
    for (const labels of Object.values(REFUSAL_LABELS)) this.#refusals.add(0, labels);
    for (const labels of Object.values(OFFENCE_LABELS)) this.#offences.add(0, labels);
  }

  get options(): GuardOptions {
    return this.#options;
  }

  get version(): number {
    return this.#version + this.visitors.version;
  }

  change(options: Partial<GuardOptions>): void {
    this.#options = { ...this.#options, ...options };
    this.#version++;
  }

  /** Returns undefined to refuse the connection. Trusted proxies are limited only in total. [GUARD-7] */
  connect(peer: string | undefined): (() => void) | undefined {
    const address = normalAddress(peer ?? "");
    if (address === undefined) return undefined;
    const { limits, trustedProxies } = this.#options;
    const isFree = isLoopback(address) || trustedProxies.has(address) || this.visitors.isAllowed(address);
    if (!isFree && this.#refusesPeer(address)) return undefined;
    const total = isFree ? limits.connectionsMax : limits.connectionsMax * (1 - CONNECTION_RESERVE);
    const visitor = isFree ? undefined : this.visitors.at(address);
    const isFull = this.#connections >= total || (visitor?.connections ?? 0) >= limits.connectionsPerAddress;
    if (isFull) {
      this.refused("connections");
      return undefined;
    }
    return this.#counted(visitor);
  }

  /**
   * Asynchronous only for new tokens and signatures.
   * @throws ADDRESS_REFUSED, and the codes of API keys, tokens and signatures
   */
  identify(arrival: ArrivalFacts): Caller | Promise<Caller> {
    const address = clientAddress(arrival, this.#options.trustedProxies);
    if (address === undefined) throw this.#addressRefused("unknown");
    const ban = this.requireAdmitted(address);
    const isLocal = isLoopback(address) && !isForwarded(arrival.headers);
    const { host = "localhost" } = arrival.headers;
    if (isLocal && this.#options.requiresForwarding && !namesThisMachine(host))
      throw this.#addressRefused("unknown");
    const visitor = this.visitors.at(address);
    try {
      const principal = this.#credentials.identify(arrival, ban !== undefined);
      if (principal instanceof Promise) {
        return principal.then(
          (verified) => this.#welcome(verified, visitor, isLocal),
          (error: unknown) => this.#failedLogin(error, visitor, isLocal),
        );
      }
      if (principal !== undefined) return this.#welcome(principal, visitor, isLocal);
    } catch (error) {
      return this.#failedLogin(error, visitor, isLocal);
    }
    if (isLocal) return new Caller(this, LOCAL_PRINCIPAL, visitor, true);
    this.requireWelcome(address, visitor);
    return new Caller(this, this.#options.anonymous, visitor, this.visitors.isAllowed(address));
  }

  /** @throws the errors of `identify` */
  verify(given: Omit<ArrivalFacts, "peer">): AccessPrincipal | undefined | Promise<AccessPrincipal> {
    return this.#credentials.identify({ peer: undefined, ...given }, false);
  }

  /** Returns an automatic ban, which valid credentials override. */
  requireAdmitted(address: string): Ban | undefined {
    if (this.visitors.isDenied(address)) throw this.#addressRefused("denied");
    const ban = this.visitors.banOf(address);
    if (ban?.by !== undefined) throw this.#addressRefused("denied", this.#restS(ban));
    return ban;
  }

  requireWelcome(address: string, visitor: Visitor): void {
    if (this.visitors.isAllowed(address)) return;
    const ban = this.visitors.banOf(address);
    if (ban !== undefined) throw this.#addressRefused("banned", this.#restS(ban));
    if (!visitor.reputation.isRefused(this.clock.nowMs())) return;
    this.offend(visitor, "limit");
    throw this.#addressRefused("banned", REFUSED_S);
  }

  accountOf(id: string): Account {
    let account = this.#accounts.get(id);
    if (account === undefined) {
      account = new Account(id, this.#options.windowMs);
      this.#accounts.set(id, account);
    }
    return account;
  }

  effectiveLimit(limit: number, priority: Priority): number {
    const share = priority === "low" ? this.pressure.share : 1;
    const processes = this.#shared?.processes() ?? 1;
    return share === 1 && processes === 1 ? limit : Math.max(1, Math.floor((limit * share) / processes));
  }

  counted(account: Account, cost: number): void {
    if (this.#shared === undefined) return;
    account.unsent += cost;
    this.#shared.sendSoon(account);
  }

  offend(visitor: Visitor, offence: Offence): void {
    if (offence === "limit" && !visitor.isLimitHitDue(this.clock.nowMs())) return;
    this.#offences.add(1, OFFENCE_LABELS[offence]);
    this.visitors.offend(visitor, offence);
  }

  refused(reason: RefusalReason): void {
    this.#refusals.add(1, REFUSAL_LABELS[reason]);
  }

  #counted(visitor: Visitor | undefined): () => void {
    this.#connections++;
    if (visitor !== undefined) visitor.connections++;
    return () => {
      this.#connections--;
      if (visitor !== undefined) visitor.connections--;
    };
  }

  #welcome(principal: AccessPrincipal, visitor: Visitor, isLocal: boolean): Caller {
    visitor.principalMs = this.clock.nowMs();
    return new Caller(this, principal, visitor, isLocal);
  }

  #refusesPeer(address: string): boolean {
    const isDenied = this.visitors.isDenied(address);
    const ban = this.visitors.banOf(address);
    if (!isDenied && ban === undefined) return false;
    const { principalMs } = this.visitors.at(address);
    if (!isDenied && ban?.by === undefined && this.clock.nowMs() - principalMs < PRINCIPAL_MS) return false;
    this.refused(isDenied ? "denied" : "banned");
    return true;
  }

  #addressRefused(reason: "unknown" | "denied" | "banned", retryAfterS?: number): Error {
    this.refused(reason);
    return guardErrors.ADDRESS_REFUSED({ reason, retryAfterS });
  }

  #restS({ untilMs }: Ban): number | undefined {
    return untilMs === undefined ? undefined : Math.max(1, Math.ceil((untilMs - this.clock.nowMs()) / 1_000));
  }

  /** Verification takes time, so failures are charged. */
  #failedLogin(error: unknown, visitor: Visitor, isLocal: boolean): never {
    const offence = isTrellisError(error) ? LOGIN_OFFENCES[error.code] : undefined;
    if (!isLocal && offence !== undefined) this.offend(visitor, offence);
    const { perAddress } = this.#options.limits;
    const nowMs = this.clock.nowMs();
    if (!isLocal && perAddress > 0 && !visitor.window.take(nowMs, LOGIN_COST, perAddress)) {
      const retryAfterS = Math.ceil(visitor.window.waitMs(nowMs, LOGIN_COST, perAddress) / 1_000);
      throw authErrors.RATE_LIMITED({ limit: perAddress, retryAfterS });
    }
    throw error;
  }
}

const LOGIN_COST = 20;
/** Unreachable providers are not offences. */
const LOGIN_OFFENCES: Readonly<Partial<Record<string, Offence>>> = {
  API_KEY_UNKNOWN: "login",
  TOKEN_INVALID: "login",
  SIGNATURE_INVALID: "login",
  TOKEN_EXPIRED: "malformed",
  TOKEN_CLAIM_INVALID: "malformed",
};
/** Retry-After of refusals without a ban. */
const REFUSED_S = 10;

const REFUSAL_LABELS = Object.fromEntries(REFUSAL_REASONS.map((reason) => [reason, { reason }])) as Record<
  RefusalReason,
  { readonly reason: string }
>;

const OFFENCE_LABELS = Object.fromEntries(Object.keys(OFFENCES).map((kind) => [kind, { kind }])) as Record<
  Offence,
  { readonly kind: string }
>;
