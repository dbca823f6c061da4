export { runJob } from "./runJob.ts";
export { ServiceClient, type ServiceRefusals } from "./ServiceClient.ts";
