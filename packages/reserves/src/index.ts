export { liabilitiesErrors } from "./errors.ts";
