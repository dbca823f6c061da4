export { type AdministeredPorts, administrationRoutes } from "./administrationRoutes.ts";
