import type { Incident } from "./Incident.ts";

export interface IncidentChanges {
  readonly opened: readonly Incident[];
  readonly continued: readonly Incident[];
  readonly resolved: readonly Incident[];
}

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
