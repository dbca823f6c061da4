import { hexToBytes, isHex } from "@trellis/base";
import { revertReason } from "@trellis/protocol";

/** geth's. */
export function revertMessage(data: string): string {
  const why = isHex(data) ? revertReason(hexToBytes(data)) : undefined;
  return why === undefined ? "execution reverted" : `execution reverted: ${why}`;
}
