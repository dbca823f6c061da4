import { type AccessPrincipal, ANONYMOUS_ID, LOCAL_PRINCIPAL } from "./AccessPrincipal.ts";
import type { Account } from "./Account.ts";
import { settledCost } from "./callCost.ts";
import type { CallGuard, RefusalReason } from "./GuardOptions.ts";
import type { Offence } from "./Reputation.ts";
import { rateFields } from "./rateFields.ts";
import { SlidingWindow } from "./SlidingWindow.ts";
import type { Visitor } from "./Visitors.ts";

export interface CallRefusal {
  readonly reason: "address" | "principal" | "method" | "connection";
  readonly limit: number;
  readonly retryAfterS: number;
}

export class Caller {
  readonly principal: AccessPrincipal;
  readonly address: string;
  readonly #guard: CallGuard;
  readonly #visitor: Visitor;
  readonly #account: Account;
  readonly #isLocal: boolean;
  readonly #isUnlimited: boolean;
  readonly #isAnonymous: boolean;
  readonly #version: number;
  readonly #untilMs: number;
  #connection: SlidingWindow | undefined;

  /** @param isTrusted local or allowed address */
  constructor(guard: CallGuard, principal: AccessPrincipal, visitor: Visitor, isTrusted: boolean) {
    this.principal = principal;
    this.address = visitor.key;
    this.#guard = guard;
    this.#visitor = visitor;
    this.#isLocal = isTrusted;
    this.#version = guard.version;
    this.#untilMs = guard.clock.nowMs() + (principal.validMs ?? Number.POSITIVE_INFINITY);
    this.#isAnonymous = principal.id === ANONYMOUS_ID;
    this.#isUnlimited = principal === LOCAL_PRINCIPAL || (this.#isAnonymous && isTrusted);
    this.#account =
      this.#isAnonymous || principal === LOCAL_PRINCIPAL ? visitor : guard.accountOf(principal.id);
  }

  get name(): string {
    return this.principal.id;
  }

  get tenant(): string | undefined {
    return this.principal.tenant;
  }

  /**
   * False after changes of settings or bans, expired credentials, or an anonymous client's offences: the
   * client must authenticate again.
   */
  get isCurrent(): boolean {
    if (this.#version !== this.#guard.version) return false;
    if (this.#untilMs < Number.POSITIVE_INFINITY && this.#guard.clock.nowMs() >= this.#untilMs) return false;
    return (
      this.#isLocal || !this.#isAnonymous || !this.#visitor.reputation.isRefused(this.#guard.clock.nowMs())
    );
  }

  get verifyBody(): AccessPrincipal["verifyBody"] {
    return this.principal.verifyBody;
  }

  get isReserved(): boolean {
    return this.principal.priority === "reserved";
  }

  get hidesMethods(): boolean {
    return this.#guard.options.hidesMethods;
  }

  mayCall(method: string): boolean {
    return this.principal.permissions.allows(method);
  }

  isGranted(method: string): boolean {
    return this.principal.permissions.names(method);
  }

  forbidden(): void {
    this.#guard.refused("permission");
    this.offend("scan");
  }

  take(method: string, weight: number): CallRefusal | undefined {
    if (this.#isUnlimited) return undefined;
    const { limits } = this.#guard.options;
    const nowMs = this.#guard.clock.nowMs();
    const calls = limits.perMethod.get(method);
    if (calls !== undefined && !this.#account.methodWindow(method).take(nowMs, 1, calls)) {
      return this.#refuse("method", this.#account.methodWindow(method), nowMs, 1, calls);
    }
    if (limits.perConnection > 0) {
      this.#connection ??= new SlidingWindow(this.#guard.options.windowMs);
      if (!this.#connection.take(nowMs, weight, limits.perConnection)) {
        return this.#refuse("connection", this.#connection, nowMs, weight, limits.perConnection);
      }
    }
    const limit = this.limit;
    if (limit === 0) return undefined;
    const { window } = this.#account;
    const left = limit - this.#account.othersAt(nowMs);
    if (left <= 0 || !window.take(nowMs, weight, left)) {
      return this.#refuse(this.#isAnonymous ? "address" : "principal", window, nowMs, weight, left);
    }
    this.#guard.counted(this.#account, weight);
    return undefined;
  }

  get part(): number {
    return this.#account.window.part;
  }

  /** Replaces the charged weight with the actual cost. */
  settle(part: number, weight: number, workMs: number, gasUsed: number): void {
    if (this.#isUnlimited) return;
    const cost = settledCost(workMs, gasUsed) - weight;
    if (cost === 0) return;
    if (cost > 0) this.#account.window.add(this.#guard.clock.nowMs(), cost);
    else this.#account.window.refund(part, -cost);
    this.#guard.counted(this.#account, cost);
  }

  offend(offence: Offence): void {
    if (!this.#isLocal) this.#guard.offend(this.#visitor, offence);
  }

  get delayMs(): number {
    if (this.#isLocal || !this.#isAnonymous) return 0;
    return this.#visitor.reputation.delayMs(this.#guard.clock.nowMs());
  }

  /** Cost per window; 0: no limit. */
  get limit(): number {
    if (this.#isUnlimited) return 0;
    const { limits } = this.#guard.options;
    const limit = this.#isAnonymous ? limits.perAddress : (this.principal.limit ?? limits.perPrincipal);
    return limit === 0 ? 0 : this.#guard.effectiveLimit(limit, this.principal.priority);
  }

  get remaining(): number {
    const nowMs = this.#guard.clock.nowMs();
    const { window } = this.#account;
    return Math.max(0, Math.floor(this.limit - this.#account.othersAt(nowMs) - window.used(nowMs)));
  }

  get policy(): "address" | "principal" {
    return this.#isAnonymous ? "address" : "principal";
  }

  get windowS(): number {
    return this.#guard.options.windowMs / 1_000;
  }

  /** Header names and values alternate. */
  fields(): readonly string[] {
    return rateFields(this);
  }

  /** Returns undefined above the limit. */
  open(): (() => void) | undefined {
    const { limits } = this.#guard.options;
    const max = this.#isAnonymous
      ? limits.connectionsPerAddress
      : (this.principal.connectionsMax ?? limits.connectionsPerPrincipal);
    const account = this.#account;
    if (!this.#isUnlimited && account.sockets >= max) {
      this.#guard.refused("connections");
      this.offend("limit");
      return undefined;
    }
    account.sockets++;
    return () => {
      account.sockets--;
    };
  }

  #refuse(
    reason: CallRefusal["reason"] & RefusalReason,
    window: SlidingWindow,
    nowMs: number,
    cost: number,
    limit: number,
  ): CallRefusal {
    this.#guard.refused(reason);
    // Requests the account's cost in other processes.
    this.#guard.counted(this.#account, 0);
    if (this.#isAnonymous) this.offend("limit");
    const waitMs = limit <= 0 ? 1_000 : window.waitMs(nowMs, cost, limit);
    return { reason, limit: Math.max(0, limit), retryAfterS: Math.max(1, Math.ceil(waitMs / 1_000)) };
  }
}
