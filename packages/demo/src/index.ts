export { demoErrors } from "./errors.ts";
export { beginDemo, type Demo, forgetDemo } from "./openDemo.ts";
