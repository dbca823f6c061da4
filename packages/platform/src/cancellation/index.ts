export { abortable, uninterruptible, workSignal } from "./workSignal.ts";
