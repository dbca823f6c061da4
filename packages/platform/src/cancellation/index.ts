export { undisturbed, whileWanted, workSignal } from "./workSignal.ts";
