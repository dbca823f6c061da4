import { isLost, isRefusedBy } from "../errors.ts";
import { askService } from "./askService.ts";

export type Role = "admin" | "operator" | "auditor" | "viewer" | "customer";
/** `openId/NAME` begins at `/login/NAME`, and `openId` at `/login`. */
export type Way = "apiKey" | "password" | "openId" | `openId/${string}`;

export interface Principal {
  readonly id: string;
  readonly role: Role | null;
  readonly customerId: string | null;
  /** `*` means all scopes of the role. */
  readonly scopes: readonly string[];
}

export type SessionState =
  | { readonly kind: "asking" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "signedOut"; readonly ways: readonly Way[] }
  /** The service ended the session with a code such as `TOKEN_EXPIRED`. */
  | {
      readonly kind: "ended";
      readonly code: string;
      readonly principal: Principal | null;
      readonly ways: readonly Way[];
    }
  | { readonly kind: "signedIn"; readonly principal: Principal; readonly ways: readonly Way[] };

export function principalOf(state: SessionState): Principal | null {
  return "principal" in state ? state.principal : null;
}

interface SessionAnswer {
  readonly principal: Principal | null;
  readonly ended: string | null;
  readonly ways: readonly Way[];
}

interface SessionPorts {
  readonly fetch: typeof globalThis.fetch;
  readonly path: string;
  /** On a devnet, visitors are signed in until they sign out. */
  readonly isDevelopment: boolean;
  readonly isLeft: () => boolean;
  readonly setLeft: (isLeft: boolean) => void;
  readonly tellOthers: () => void;
}

/** The credential is in an HttpOnly cookie. */
export class SessionStore {
  readonly #ports: SessionPorts;
  #state: SessionState = { kind: "asking" };
  #leftCount = 0;
  readonly #listeners = new Set<() => void>();
  readonly #leavingListeners = new Set<() => void>();

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  get state(): SessionState {
    return this.#state;
  }

  onState(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get leftCount(): number {
    return this.#leftCount;
  }

  /** Called before `onState` listeners, so that the next user cannot see the data. */
  onLeaving(listener: () => void): () => void {
    this.#leavingListeners.add(listener);
    return () => this.#leavingListeners.delete(listener);
  }

  async refresh(): Promise<void> {
    try {
      let answer = await this.#ask();
      const { isDevelopment, isLeft } = this.#ports;
      const isFirst = this.#state.kind === "asking" || this.#state.kind === "unreachable";
      if (isFirst && answer.principal === null && isDevelopment && !isLeft()) {
        await this.#send("/console/sign-in", { as: "admin" });
        this.#ports.tellOthers();
        answer = await this.#ask();
      }
      this.#take(answer);
    } catch (error) {
      // A starting service may refuse temporarily.
      if (!isLost(error) && !isRefusedBy(error)) throw error;
      if (this.#state.kind === "asking") this.#set({ kind: "unreachable" });
    }
  }

  /** @throws CONSOLE_REFUSED with the codes of API keys, CONSOLE_LOST */
  async signIn(apiKey: string): Promise<void> {
    await this.#begin(`${this.#ports.path}/session`, { apiKey: apiKey.trim() });
  }

  /** @throws CONSOLE_REFUSED, CONSOLE_LOST */
  async signInWithPassword(user: string, password: string): Promise<void> {
    await this.#begin(`${this.#ports.path}/password`, { user, password });
  }

  async signInAs(as: "admin" | "customer"): Promise<void> {
    await this.#begin("/console/sign-in", { as });
  }

  async signOut(): Promise<void> {
    await this.#send(`${this.#ports.path}/logout`, undefined);
    this.#ports.setLeft(true);
    this.#ports.tellOthers();
    this.#take(await this.#ask());
  }

  async wasRefused(): Promise<void> {
    if (this.#state.kind !== "signedIn") return;
    const answer = await this.#ask().catch(() => undefined);
    if (answer !== undefined) this.#take(answer);
  }

  async #begin(path: string, body: object): Promise<void> {
    await this.#send(path, body);
    this.#ports.tellOthers();
    this.#take(await this.#ask());
  }

  async #ask(): Promise<SessionAnswer> {
    const response = await askService(this.#ports.fetch, `${this.#ports.path}/session`);
    return (await response.json()) as SessionAnswer;
  }

  async #send(path: string, body: object | undefined): Promise<void> {
    const content =
      body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    await askService(this.#ports.fetch, path, { method: "POST", ...content });
  }

  #take({ principal, ended, ways }: SessionAnswer): void {
    const was = principalOf(this.#state);
    const code = ended ?? (was === null ? null : "AUTHENTICATION_MISSING");
    if (principal !== null) {
      // An identity provider's redirect may have signed in the user.
      this.#ports.setLeft(false);
      this.#set({ kind: "signedIn", principal, ways });
    } else if (code === null || this.#ports.isLeft()) this.#set({ kind: "signedOut", ways });
    else this.#set({ kind: "ended", code, principal: was, ways });
  }

  #set(state: SessionState): void {
    const was = principalOf(this.#state);
    this.#state = state;
    if (was !== null && principalOf(state)?.id !== was.id) {
      this.#leftCount += 1;
      for (const listener of this.#leavingListeners) listener();
    }
    for (const listener of this.#listeners) listener();
  }
}
