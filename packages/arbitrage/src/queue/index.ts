export { createMemoryQueue, type SharedJobs } from "./createMemoryQueue.ts";
export { openDatabaseQueue } from "./openDatabaseQueue.ts";
export { openRedisQueue } from "./openRedisQueue.ts";
export type { Claim, QueueTerms, TradeJob, TradeQueue } from "./TradeQueue.ts";
