import type { IncomingHttpHeaders } from "node:http";
import { FORWARDED_NAME } from "@trellis/platform/tls";
import type { RpcCaller } from "./RpcGuard.ts";

interface Known {
  readonly caller: RpcCaller;
  readonly headers: IncomingHttpHeaders;
}

/** A reverse proxy sends several clients' requests over one connection. */
const IDENTIFYING = [
  "authorization",
  "signature-input",
  "x-forwarded-for",
  "forwarded",
  "x-real-ip",
  "via",
  FORWARDED_NAME,
] as const;

export class Connection {
  readonly #listeners = new Set<() => void>();
  #isGone = false;
  #known: Known | undefined;

  /** Undefined if the identifying headers changed. */
  callerOf(headers: IncomingHttpHeaders): RpcCaller | undefined {
    const known = this.#known;
    if (known === undefined || !known.caller.isCurrent) return undefined;
    for (const name of IDENTIFYING) if (known.headers[name] !== headers[name]) return undefined;
    return known.caller;
  }

  identified(caller: RpcCaller, headers: IncomingHttpHeaders): void {
    this.#known = { caller, headers };
  }

  get lastCaller(): RpcCaller | undefined {
    return this.#known?.caller;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  onGone(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): void {
    this.#isGone = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
