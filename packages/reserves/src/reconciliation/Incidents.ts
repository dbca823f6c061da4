import type { Incident } from "./Incident.ts";

export interface IncidentView extends Incident {
  readonly id: string;
  readonly openedAtMs: number;
  readonly closedAtMs: number | undefined;
  readonly acknowledgedBy: string | undefined;
  readonly note: string | undefined;
  /** For If-Match. */
  readonly version: number;
}

export interface Incidents {
  /** Newest first. */
  list(
    filter: { readonly isOpen: boolean | undefined },
    beforeId: string | undefined,
    limit: number,
  ): Promise<readonly IncidentView[]>;
  find(id: string): Promise<IncidentView | undefined>;
  /** Undefined if the version has changed. */
  acknowledge(id: string, version: number, by: string, note: string): Promise<IncidentView | undefined>;
}
