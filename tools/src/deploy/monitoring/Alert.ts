/** Values of series at intervals of one minute, in the notation of promtool: `0+5x60`. */
export type Samples = Readonly<Record<string, string>>;

export interface Alert {
  readonly name: string;
  readonly severity: "critical" | "warning";
  readonly expression: string;
  /** How long the expression must hold, in Prometheus's notation: `5m`. */
  readonly holds: string;
  /** May use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly summary: string;
  /** What it means for users of the service. */
  readonly meaning: string;
  /** What to do, first things first. */
  readonly steps: readonly string[];
  /** After two hours of these samples, the alert fires once. */
  readonly fires: Samples;
  /** After two hours of these samples, it is silent. */
  readonly silent: Samples;
}
