export { Admission, type AdmissionOptions, DEVELOPMENT_ORIGINS } from "./Admission.ts";
export {
  isFromThisMachine,
  isLoopbackHost,
  namesThisMachine,
  type RequestOrigin,
} from "./thisMachine.ts";
export { transferSince } from "./transferSince.ts";
