import { matching, millisecondsOrDuration, wholeNumber, wordOr } from "@trellis/platform/config";

const THREADS_MAX = 1_024;
const BLOCK_TIME_MIN = "50ms";
const BLOCK_TIME_MAX = "1d";

/** Empty: none. */
export const rewardAddress = matching(/^(?:0x[0-9a-fA-F]{40})?$/, "an address: 0x and 40 hexadecimal digits");

export const miningThreads = wholeNumber(1, THREADS_MAX);

export const blockTime = wordOr(
  "found",
  millisecondsOrDuration(BLOCK_TIME_MIN, BLOCK_TIME_MAX),
  `found, or a time from ${BLOCK_TIME_MIN} to ${BLOCK_TIME_MAX}, such as 5s, or in milliseconds`,
);
