export type Unit = "short" | "bytes" | "Bps" | "s" | "percentunit" | "ops" | "dateTimeFromNow" | "none";

export interface Panel {
  readonly title: string;
  readonly unit: Unit;
  /** Queries by their legend. `{@` selects the chosen instances: `trellis_peers{@}`, `trellis_peers{@,direction="inbound"}`. */
  readonly queries: Readonly<Record<string, string>>;
  /** `now`: the newest value; default: its course. */
  readonly shows?: "now";
  /** True: only an event that a test system need not have had gives the query a series. */
  readonly isRare?: boolean;
}

export interface LogPanel {
  readonly title: string;
  /** LogQL. */
  readonly logs: string;
}

export interface Dashboard {
  /** Also the name of the file. */
  readonly id: string;
  readonly title: string;
  readonly panels: readonly (Panel | LogPanel)[];
}

export function isLogPanel(panel: Panel | LogPanel): panel is LogPanel {
  return "logs" in panel;
}

/** @param instances regular expression */
export function queryFor(query: string, instances: string): string {
  return query.replaceAll("{@", `{instance=~"${instances}"`);
}
