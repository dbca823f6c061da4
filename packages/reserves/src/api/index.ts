export {
  createReservesApi,
  describeReservesApi,
  type ReservesApi,
} from "./createReservesApi.ts";
export { apiErrors } from "./errors.ts";
export type {
  Attestations,
  AttestationView,
  Incidents,
  IncidentView,
  Publication,
  Publications,
  ReserveAddress,
  ReserveAddresses,
  ReservesApiPorts,
  SignedHead,
  SignedHeads,
} from "./ReservesApiPorts.ts";
export { JOB_KINDS, type JobKindName } from "./routes/jobs.ts";
export { EVENT_TYPES } from "./routes/webhooks.ts";
