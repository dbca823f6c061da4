import { defineErrors, isTrellisError, type TrellisError } from "@trellis/base";

export const consoleErrors = defineErrors({
  CONSOLE_REFUSED: {
    message: "the service refused",
    hint: "the code and the hint are the service's own",
    consequence: "reject",
    facts: {
      by: "string?",
      status: "number?",
      refusal: "string?",
      reason: "string?",
      nodeCode: "string?",
      nodeHint: "string?",
      revertData: "string?",
      correlationId: "string?",
    },
  },
  CONSOLE_LOST: {
    message: "the service does not answer",
    hint: "it is asked again by itself; look whether it runs",
    consequence: "retry",
  },
  CONSOLE_PAGE_NOT_LOADED: {
    message: "this page could not be loaded",
    hint: "it is on the console's server: look whether that runs, or load the page again",
    consequence: "retry",
  },
  CONSOLE_FAILED: {
    message: "a part of the console failed",
    hint: "load it again; if it stays so, this is a defect of the console. `trellis reserves verify` verifies proofs without it",
    consequence: "fatal",
  },
});

export function isLost(error: unknown): boolean {
  return isTrellisError(error, "CONSOLE_LOST");
}

/** Whether the node has answered, with a refusal. */
export function isRefusal(error: unknown): error is TrellisError {
  return isTrellisError(error, "CONSOLE_REFUSED") && error.facts.by === "node";
}

/** Whether a service other than the node has answered, with a refusal; of that code when one is given. */
export function isRefusedBy(error: unknown, code?: string): error is TrellisError {
  if (!isTrellisError(error, "CONSOLE_REFUSED") || error.facts.by === "node") return false;
  return code === undefined || error.facts.refusal === code;
}
