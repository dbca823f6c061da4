import type { LifecycleState } from "../lifecycle/Lifecycle.ts";

/** A condition that another process would not serve better, such as a stalled network. */
export interface Warning {
  readonly warning: string;
}

/** Returns the reason if a component cannot serve. Must not block. */
export type HealthCheck = () => string | Warning | undefined;

export interface HealthReport {
  readonly isReady: boolean;
  readonly parts: readonly string[];
  /** By component, such as `sync: "12 blocks behind"`. */
  readonly reasons: Readonly<Record<string, string>>;
  /** By component; the service is ready nevertheless. */
  readonly warnings: Readonly<Record<string, string>>;
}

export interface Health {
  addCheck(part: string, check: HealthCheck): () => void;
  report(): HealthReport;
  hasStarted(): boolean;
  /** True from the signal to stop. */
  isStopping(): boolean;
}

export function createHealth(lifecycle: { readonly state: LifecycleState }): Health {
  const checks = new Map<string, HealthCheck>();
  return {
    addCheck(part, check) {
      checks.set(part, check);
      return () => {
        if (checks.get(part) === check) checks.delete(part);
      };
    },
    report() {
      const reasons: Record<string, string> = {};
      const warnings: Record<string, string> = {};
      if (lifecycle.state !== "serving") reasons.process = lifecycle.state;
      for (const [part, check] of checks) {
        const found = resultOf(check);
        if (typeof found === "string") reasons[part] = found;
        else if (found !== undefined) warnings[part] = found.warning;
      }
      const isReady = Object.keys(reasons).length === 0;
      return { isReady, parts: ["process", ...checks.keys()], reasons, warnings };
    },
    hasStarted: () => lifecycle.state !== "starting",
    isStopping: () => lifecycle.state !== "starting" && lifecycle.state !== "serving",
  };
}

function resultOf(check: HealthCheck): ReturnType<HealthCheck> {
  try {
    return check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
