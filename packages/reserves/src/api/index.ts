export {
  createReservesApi,
  describeReservesApi,
  type ReservesApi,
} from "./createReservesApi.ts";
export { apiErrors } from "./errors.ts";
export type { ReservesApiPorts } from "./ReservesApiPorts.ts";
export { JOB_KINDS, type JobKindName } from "./routes/jobs.ts";
