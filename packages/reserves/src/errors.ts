export { liabilitiesErrors } from "./liabilities/errors.ts";
