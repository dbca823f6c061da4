export { runJob } from "./runJob.ts";
export { ServiceClient } from "./ServiceClient.ts";
