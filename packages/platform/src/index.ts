export { authErrors, guardErrors, platformErrors } from "./errors.ts";
