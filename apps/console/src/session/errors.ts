import { defineErrors, isTrellisError, type TrellisError } from "@trellis/base";

export const sessionErrors = defineErrors({
  CONSOLE_SERVICE_REFUSED: {
    message: "the service refused",
    hint: "the code and the hint are the service's own",
    consequence: "reject",
  },
  CONSOLE_SERVICE_LOST: {
    message: "the service does not answer",
    hint: "it is asked again by itself; look whether it runs",
    consequence: "retry",
  },
  CONSOLE_VERIFIER_FAILED: {
    message: "the verifier in this browser failed",
    hint: "load the page anew; if it stays so, verify the file with `trellis reserves verify`",
    consequence: "fatal",
  },
});

export function isLost(error: unknown): boolean {
  return isTrellisError(error, "CONSOLE_SERVICE_LOST");
}

/** Whether the service has answered, with a refusal; of that code when one is given. */
export function isRefusedBy(error: unknown, code?: string): error is TrellisError {
  if (!isTrellisError(error, "CONSOLE_SERVICE_REFUSED")) return false;
  return code === undefined || error.facts.refusal === code;
}
