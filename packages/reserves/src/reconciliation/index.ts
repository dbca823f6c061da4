export { compareIncidents, type IncidentChanges } from "./compareIncidents.ts";
export { INCIDENT_KINDS, type Incident, type IncidentKind, type Severity } from "./Incident.ts";
export {
  type Movements,
  type ReconciliationInput,
  type ReconciliationLimits,
  reconcile,
  type Totals,
} from "./reconcile.ts";
