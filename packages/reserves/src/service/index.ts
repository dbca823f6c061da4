export { reservesErrors } from "./errors.ts";
export { openRemoteKeys, type RemoteKeys } from "./openRemoteKeys.ts";
export { type OpenedReserves, openReserves, type ReservesPorts } from "./openReserves.ts";
export { readRetentionSchedule } from "./retention.ts";
