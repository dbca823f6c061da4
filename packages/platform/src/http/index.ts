export { createHealth, type Health, type HealthCheck, type HealthReport } from "./createHealth.ts";
export {
  openServicePort,
  type ServicePort,
  type ServicePortDependencies,
  type ServicePortOptions,
} from "./openServicePort.ts";
