export { demoErrors } from "./errors.ts";
export {
  beginDemo,
  type Demo,
  type DemoKeys,
  type DemoOptions,
  type DemoPorts,
  forgetDemo,
} from "./openDemo.ts";
