export { createMemoryQueue, type SharedJobs } from "./createMemoryQueue.ts";
export { openDatabaseQueue } from "./openDatabaseQueue.ts";
export { openRedisQueue } from "./openRedisQueue.ts";
export type { Claim, QueueOptions, TradeJob, TradeQueue } from "./TradeQueue.ts";
