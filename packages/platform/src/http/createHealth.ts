import type { LifecycleState } from "../lifecycle/Lifecycle.ts";

/** Returns the reason if a component cannot serve. Must not block. */
export type HealthCheck = () => string | undefined;

export interface HealthReport {
  readonly isReady: boolean;
  readonly parts: readonly string[];
  /** By component, such as `sync: "12 blocks behind"`. */
  readonly reasons: Readonly<Record<string, string>>;
}

export interface Health {
  addCheck(part: string, check: HealthCheck): () => void;
  report(): HealthReport;
  hasStarted(): boolean;
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
      if (lifecycle.state !== "serving") reasons.process = lifecycle.state;
      for (const [part, check] of checks) {
        const reason = reasonOf(check);
        if (reason !== undefined) reasons[part] = reason;
      }
      return { isReady: Object.keys(reasons).length === 0, parts: ["process", ...checks.keys()], reasons };
    },
    hasStarted: () => lifecycle.state !== "starting",
  };
}

function reasonOf(check: HealthCheck): string | undefined {
  try {
    return check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
