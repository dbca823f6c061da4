/** Indexed by the core's verdict numbers. */
export const VERDICTS = [
  "ACCEPTED",
  "NONCE_TOO_LOW",
  "NONCE_TOO_HIGH",
  "FUNDS_INSUFFICIENT",
  "FEE_BELOW_BASE_FEE",
  "GAS_BUDGET_EXHAUSTED",
  "SENDER_HAS_CODE",
  "MALFORMED",
  "INTRINSIC_GAS",
  "FAULT",
  "PAUSED",
] as const;
export type Progress = (typeof VERDICTS)[number];
export type Verdict = Exclude<Progress, "PAUSED">;
