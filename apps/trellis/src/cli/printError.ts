import { isTrellisError } from "@trellis/base";
import type { Output } from "@trellis/platform/service";

/** Three lines for people, or one line of JSON. Unexpected errors are defects and include the stack. */
export function printError(error: unknown, stderr: Output, asJson: boolean): void {
  if (asJson) {
    const shown = isTrellisError(error) ? error.toJSON() : { code: "INTERNAL", message: messageOf(error) };
    stderr.write(`${JSON.stringify({ event: "error", ...shown })}\n`);
    return;
  }
  if (isTrellisError(error)) {
    stderr.write(`trellis: ${error.message}\n  code: ${error.code}\n  hint: ${error.hint}\n`);
    return;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  stderr.write(`trellis: internal error: ${messageOf(error)}\n${stack === undefined ? "" : `${stack}\n`}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
