import { bytesToHex } from "@trellis/base";
import type { CallResult } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";

/** @throws RPC_CALL_REVERTED, RPC_REQUEST_REFUSED */
export function outputOf({ outcome, output, failure, gasUsed }: CallResult): Uint8Array {
  if (outcome === "success") return output;
  if (outcome === "revert") throw rpcErrors.RPC_CALL_REVERTED({ data: bytesToHex(output), gasUsed });
  throw rpcErrors.RPC_REQUEST_REFUSED({ reason: failure ?? outcome, gasUsed });
}
