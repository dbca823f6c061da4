import type { Incident } from "./Incident.ts";

export interface IncidentChanges {
  /** To notify of. */
  readonly opened: readonly Incident[];
  /** Still wrong; their figures or their severity may have changed. */
  readonly continued: readonly Incident[];
  /** Wrong before and not any more. */
  readonly resolved: readonly Incident[];
}

/** What changed between the incidents that are open and those found now. */
export function compareIncidents(open: readonly Incident[], found: readonly Incident[]): IncidentChanges {
  const [openKeys, foundKeys] = [keysOf(open), keysOf(found)];
  return {
    opened: found.filter(({ key }) => !openKeys.has(key)),
    continued: found.filter(({ key }) => openKeys.has(key)),
    resolved: open.filter(({ key }) => !foundKeys.has(key)),
  };
}

function keysOf(incidents: readonly Incident[]): Set<string> {
  return new Set(incidents.map(({ key }) => key));
}
