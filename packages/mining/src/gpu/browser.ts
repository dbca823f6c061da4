export { type Demonstration, demonstrate } from "./demonstrate.ts";
export { openGpu } from "./device/openGpu.ts";
