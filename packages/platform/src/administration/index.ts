export { type AdministeredParts, administrationRoutes } from "./administrationRoutes.ts";
