export { platformErrors } from "./errors.ts";
