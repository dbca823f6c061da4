/** Offences that a slow or lossy network cannot cause. */
export const NEVER_HONEST: readonly string[] = [
  "malformed",
  "invalidBlock",
  "invalidTransaction",
  "invalidVote",
  "falseAnswer",
  "otherNetwork",
];
