/** Exceeded limits, indexed by the core's fault numbers. */
export const FAULTS = [
  "none",
  "memoryBytes",
  "accounts",
  "slots",
  "transientSlots",
  "codes",
  "journalBytes",
  "logBytes",
  "returnDataBytes",
  "inputBytes",
] as const;
