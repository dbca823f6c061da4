import { logErrors } from "./errors.ts";
import { checkSize } from "./hashes.ts";

export interface Subtree {
  readonly start: number;
  readonly end: number;
}

export function checkSubtree({ start, end }: Subtree): void {
  checkSize("start", start);
  checkSize("end", end);
  if (start > end || (start !== end && start % powerOfTwoFrom(end - start) !== 0))
    throw logErrors.LOG_SIZE_INVALID({ reason: "not a subtree", start, end });
}

function powerOfTwoFrom(count: number): number {
  let power = 1;
  while (power < count) power *= 2;
  return power;
}

/** Size of the left subtree (RFC 9162, section 2.1.1). */
export function splitOf(count: number): number {
  return powerOfTwoFrom(count) / 2;
}
