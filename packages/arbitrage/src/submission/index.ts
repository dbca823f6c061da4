export type { SubmissionPorts, SubmissionTerms } from "./advanceSlot.ts";
export { createMemorySlotStore } from "./createMemorySlotStore.ts";
export { submissionErrors } from "./errors.ts";
export { openSlotStore } from "./openSlotStore.ts";
export { createFanOut, createPrivateRelay, createPublicRelay, type Relay } from "./relays.ts";
export {
  type JobOutcome,
  outcomeOf,
  payerOf,
  type Slot,
  type SlotAttempt,
  type SlotChange,
  type SlotInclusion,
  type SlotState,
  type SubmissionJob,
} from "./Slot.ts";
export type { SlotStore } from "./SlotStore.ts";
export { Submitter } from "./Submitter.ts";
export { signedRequest } from "./signedRequest.ts";
