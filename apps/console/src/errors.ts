import { defineErrors, isTrellisError, type TrellisError } from "@trellis/base";

export const consoleErrors = defineErrors({
  CONSOLE_REFUSED: {
    message: "request rejected by the service",
    hint: "see the service's code and hint",
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
    message: "service unreachable",
    hint: "check that the service is running; the console retries automatically",
    consequence: "retry",
  },
  CONSOLE_PAGE_NOT_LOADED: {
    message: "page not loaded",
    hint: "reload the page, and check that the console's server is running",
    consequence: "retry",
  },
  CONSOLE_FAILED: {
    message: "console component failed",
    hint: "reload the page; if this continues, report the defect. `trellis reserves verify` verifies proofs without the console",
    consequence: "fatal",
  },
});

export function isLost(error: unknown): boolean {
  return isTrellisError(error, "CONSOLE_LOST");
}

export function isRefusal(error: unknown): error is TrellisError {
  return isTrellisError(error, "CONSOLE_REFUSED") && error.facts.by === "node";
}

/** True for a refusal by a service, with this code if `code` is given. */
export function isRefusedBy(error: unknown, code?: string): error is TrellisError {
  if (!isTrellisError(error, "CONSOLE_REFUSED") || error.facts.by === "node") return false;
  return code === undefined || error.facts.refusal === code;
}
