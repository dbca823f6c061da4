export { reservesErrors } from "./errors.ts";
export { type OpenedReserves, openReserves, type ReservesPorts } from "./openReserves.ts";
export { readRetentionSchedule } from "./retention.ts";
