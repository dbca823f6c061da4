import { bytesEqual, isTrellisError } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import { blsSign } from "@trellis/crypto";
import { type Heartbeat, heartbeatSignedBytes, voteDomainOf } from "@trellis/protocol";
import { validatorKeys } from "../votes/validators.ts";
import type { NodeTime } from "../world/NodeTime.ts";

const NODES_MAX = 16;

/** Fakes other validators' heartbeats, so that the node signs once its observation time is over. */
export function observeOthers({ finality, view }: Chain, time: NodeTime): void {
  const { repeatMs } = view.parameters.votes;
  const { epoch, validators, vote } = finality.status();
  const slot = Math.floor(time.nowMs() / repeatMs);
  for (const { index, publicKey } of vote === undefined ? [] : validators) {
    const message: Heartbeat = { epoch, height: vote!.height, slot, validator: index };
    const signature = blsSign(heartbeatSignedBytes(voteDomainOf(view), message), secretOf(publicKey));
    try {
      finality.receiveHeartbeat({ message, signature });
    } catch (error) {
      if (!isTrellisError(error)) throw error;
    }
  }
  time.after(repeatMs, () => observeOthers({ finality, view } as Chain, time));
}

function secretOf(publicKey: Uint8Array): Uint8Array {
  const nodes = Array.from({ length: NODES_MAX }, (_value, node) => validatorKeys(node));
  return nodes.find((keys) => bytesEqual(keys.publicKey, publicKey))!.secret;
}
