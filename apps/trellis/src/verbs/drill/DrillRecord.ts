import { type Clock, isTrellisError } from "@trellis/base";
import type { RecoveryPoint } from "./facts.ts";

export interface Step {
  readonly name: string;
  readonly durationMs: number;
  readonly isPassed: boolean;
}

export interface Check {
  readonly name: string;
  readonly isPassed: boolean;
  /** What was compared, or the first differences. */
  readonly detail: string;
}

export interface Figures {
  /** By part: chain, databases. */
  recoveryPoints: Record<string, RecoveryPoint>;
  /** From the start of the restore. */
  recoveryTimeMs?: number;
  restoredBytes?: number;
  restoreMs?: number;
}

export interface DrillReport {
  readonly kind: "total loss of a devnet" | "restore of a backup";
  readonly startedAt: string;
  readonly release: string;
  readonly isPassed: boolean;
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
  readonly figures: Figures & { readonly restoredBytesPerSecond?: number };
  readonly backup?: { readonly id: string; readonly at: string; readonly repository: string };
}

const DETAILS_MAX = 5;

interface Ports {
  readonly clock: Clock;
  readonly onProgress: (line: string) => void;
}

/** Collects steps, checks and figures of a drill. */
export class DrillRecord {
  readonly figures: Figures = { recoveryPoints: {} };
  readonly steps: Step[] = [];
  readonly checks: Check[] = [];
  backup: DrillReport["backup"];
  readonly #kind: DrillReport["kind"];
  readonly #startedMs: number;
  readonly #ports: Ports;

  constructor(kind: DrillReport["kind"], ports: Ports) {
    this.#kind = kind;
    this.#ports = ports;
    this.#startedMs = ports.clock.nowMs();
  }

  nowMs(): number {
    return this.#ports.clock.nowMs();
  }

  /** A failed step is a failed check. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const { clock, onProgress } = this.#ports;
    const fromMs = clock.nowMs();
    const end = (isPassed: boolean): void => {
      const durationMs = clock.nowMs() - fromMs;
      this.steps.push({ name, durationMs, isPassed });
      onProgress(`${seconds(durationMs).padStart(8)}  ${name}${isPassed ? "" : ": failed"}`);
    };
    try {
      const result = await work();
      end(true);
      return result;
    } catch (error) {
      end(false);
      this.check(name, [reasonOf(error)], "");
      throw error;
    }
  }

  /** @param compared what was compared */
  check(name: string, problems: readonly string[], compared: string): void {
    const more = problems.length > DETAILS_MAX ? [`and ${problems.length - DETAILS_MAX} more`] : [];
    const isPassed = problems.length === 0;
    const detail = isPassed ? compared : [...problems.slice(0, DETAILS_MAX), ...more].join("; ");
    this.checks.push({ name, isPassed, detail });
    this.#ports.onProgress(`${(isPassed ? "passed" : "FAILED").padStart(8)}  ${name}: ${detail}`);
  }

  /** Ends the drill. A failed step is a check already. */
  failed(failure: unknown): void {
    if (this.checks.every(({ isPassed }) => isPassed))
      this.check("the drill runs to its end", [reasonOf(failure)], "");
  }

  checkObjectives({ recoveryPointMax, recoveryTimeMax }: Objectives): void {
    if (recoveryPointMax !== "none") {
      for (const [part, { lostMs }] of Object.entries(this.figures.recoveryPoints))
        this.#checkMax(`recovery point of ${part}`, lostMs, recoveryPointMax);
    }
    const { recoveryTimeMs } = this.figures;
    if (recoveryTimeMax !== "none" && recoveryTimeMs !== undefined)
      this.#checkMax("recovery time", recoveryTimeMs, recoveryTimeMax);
  }

  report(release: string): DrillReport {
    const { restoredBytes, restoreMs } = this.figures;
    const speed =
      restoredBytes === undefined || restoreMs === undefined
        ? {}
        : { restoredBytesPerSecond: Math.round((restoredBytes / Math.max(restoreMs, 1)) * 1_000) };
    return {
      kind: this.#kind,
      startedAt: new Date(this.#startedMs).toISOString(),
      release,
      isPassed: this.checks.every(({ isPassed }) => isPassed),
      ...(this.backup !== undefined && { backup: this.backup }),
      figures: { ...this.figures, ...speed },
      checks: this.checks,
      steps: this.steps,
    };
  }

  #checkMax(name: string, foundMs: number, maxMs: number): void {
    const compared = `${seconds(foundMs)}, objective ${seconds(maxMs)}`;
    this.check(`${name} within its objective`, foundMs > maxMs ? [compared] : [], compared);
  }
}

export interface Objectives {
  /** ms */
  readonly recoveryPointMax: number | "none";
  /** ms */
  readonly recoveryTimeMax: number | "none";
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function reasonOf(error: unknown): string {
  if (isTrellisError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
