export type { SubmissionOptions, SubmissionPorts } from "./advanceNonceSlot.ts";
export { submissionErrors } from "./errors.ts";
export {
  type JobOutcome,
  type NonceSlot,
  type NonceSlotAttempt,
  type NonceSlotChange,
  type NonceSlotInclusion,
  type NonceSlotState,
  outcomeOf,
  payerOf,
  type SubmissionJob,
} from "./NonceSlot.ts";
export type { NonceSlotStore } from "./NonceSlotStore.ts";
export { openNonceSlotStore, walletsOfJournal } from "./openNonceSlotStore.ts";
export { createFanOut, createPrivateRelay, createPublicRelay, type Relay } from "./relays.ts";
export { Submitter } from "./Submitter.ts";
export { signedRequest } from "./signedRequest.ts";
