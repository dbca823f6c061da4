import type { Clock, Log, Metrics } from "@trellis/base";
import type { Notification } from "@trellis/platform/notify";
import type { EngineStatus } from "../engine/index.ts";
import type { BookDifference } from "../ledger/index.ts";
import type { KillSwitch, Risk, RiskLimits, RiskState } from "../risk/index.ts";
import { measureTrading } from "./measureTrading.ts";

export interface TradingWatchPorts {
  readonly risk: Pick<Risk, "state" | "kill">;
  readonly killSwitch: KillSwitch;
  readonly limits: () => RiskLimits;
  readonly engine: () => Pick<EngineStatus, "isLive" | "bookDifferences">;
  readonly signerFailure: () => string | undefined;
  readonly notify: ((notification: Notification) => Promise<void>) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface TradingWatch {
  /** @throws RISK_CONTENDED, and errors of `ports` */
  look(): Promise<void>;
}

interface Trouble {
  readonly key: string;
  readonly kind: "trading.killed" | "trading.breakerOpened" | "books.differ" | "signer.unreachable";
  readonly subject: string;
  readonly text: string;
}

const REVIVED: Partial<Record<Trouble["kind"], string>> = {
  "trading.killed": "Trading resumed",
  "trading.breakerOpened": "Circuit breaker closed",
};

/** [ARB-40] @param account current chain and wallet */
export function createTradingWatch(account: () => string, ports: TradingWatchPorts): TradingWatch {
  const { risk, killSwitch, clock, log, notify } = ports;
  const measure = measureTrading(ports.metrics);
  const lasting = new Map<string, Trouble & { readonly isTold: boolean }>();

  async function riskNow(): Promise<RiskState> {
    const state = await risk.state();
    const reason = state.killed === undefined ? await killSwitch() : undefined;
    if (reason === undefined) return state;
    await risk.kill("switch", reason);
    return risk.state();
  }

  async function begin(trouble: Trouble): Promise<void> {
    if (!lasting.has(trouble.key)) note(trouble);
    else if (lasting.get(trouble.key)?.isTold === true) return;
    lasting.set(trouble.key, { ...trouble, isTold: false });
    const { key, ...notification } = trouble;
    await notify?.({ ...about(notification), severity: "critical", dedupeKey: `${account()} ${key}` });
    lasting.set(trouble.key, { ...trouble, isTold: true });
  }

  async function end({ key, kind }: Trouble): Promise<void> {
    const subject = REVIVED[kind];
    if (subject !== undefined) {
      log.warn("trading.revived", { message: subject });
      const text = "See the audit log for the actor and the reason.";
      const notification = about({ kind: "trading.revived", subject, text });
      await notify?.({ ...notification, severity: "info", dedupeKey: `${account()} revived ${key}` });
    }
    lasting.delete(key);
  }

  function note({ kind, text }: Trouble): void {
    if (kind === "trading.killed" || kind === "trading.breakerOpened") log.warn(kind, { reason: text });
  }

  function about({ kind, subject, text }: Pick<Notification, "kind" | "subject" | "text">) {
    return { kind, subject: `${subject}: ${account()}`, text, timeMs: clock.nowMs() };
  }

  return {
    async look() {
      const state = await riskNow();
      const { isLive, bookDifferences = [] } = ports.engine();
      const failure = ports.signerFailure();
      measure({ risk: state, limits: ports.limits(), isLive, isSignerThere: failure === undefined });
      const troubles = [...stopsOf(state), ...differencesOf(bookDifferences), ...signerOf(failure)];
      const keys = new Set(troubles.map(({ key }) => key));
      for (const trouble of [...lasting.values()]) if (!keys.has(trouble.key)) await end(trouble);
      for (const trouble of troubles) await begin(trouble);
    },
  };
}

function stopsOf({ killed, breaker }: RiskState): Trouble[] {
  const troubles: Trouble[] = [];
  if (killed !== undefined)
    troubles.push({
      key: `killed ${killed.atMs}`,
      kind: "trading.killed",
      subject: "Kill switch active",
      text: `By ${killed.by}: ${killed.reason}. No trade is made until an admin resumes trading.`,
    });
  if (breaker !== undefined)
    troubles.push({
      key: `breaker ${breaker.atMs}`,
      kind: "trading.breakerOpened",
      subject: "Circuit breaker open",
      text: `Reason: ${breaker.reason}. No trade is made until an admin closes the circuit breaker.`,
    });
  return troubles;
}

/** A changed amount is not a new incident. */
function differencesOf(differences: readonly BookDifference[]): Trouble[] {
  if (differences.length === 0) return [];
  const places = differences.map(({ account, asset }) => `${account} ${asset}`).sort();
  const lines = differences.map(
    ({ account, asset, booked, onChain }) =>
      `${account}: ${booked} of ${asset} in the books, ${onChain ?? "unknown"} on-chain.`,
  );
  return [
    {
      key: `books ${places.join(" ")}`,
      kind: "books.differ",
      subject: "The books differ from the chain",
      text: lines.join("\n"),
    },
  ];
}

function signerOf(failure: string | undefined): Trouble[] {
  if (failure === undefined) return [];
  const subject = "Signer not responding";
  return [
    { key: "signer", kind: "signer.unreachable", subject, text: `${failure}: no new transactions are sent.` },
  ];
}
