export { beginDemo, type Demo, forgetDemo } from "./openDemo.ts";
