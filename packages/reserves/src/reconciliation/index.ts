export { compareIncidents, type IncidentChanges } from "./compareIncidents.ts";
export { INCIDENT_KINDS, type Incident, type IncidentKind, type Severity } from "./Incident.ts";
export type { Incidents, IncidentView } from "./Incidents.ts";
export { movementsBetween } from "./movements.ts";
export {
  type Movements,
  type ReconciliationInput,
  type ReconciliationLimits,
  reconcile,
  type Totals,
  type Unread,
} from "./reconcile.ts";
