import { bytesToHex, quantityToHex } from "@trellis/base";
import { entryParties } from "@trellis/contracts";
import { DELIVERY_TYPE, type Delivery, messageGas, messageId } from "@trellis/protocol";

/** Like a deposit of the OP stack, which has the same type and also issues its value. [RPC-34] */
export function encodeDeliveryFields(delivery: Delivery): object {
  const { message, receipt } = delivery;
  const { kind, source, index, sender, value, data } = message;
  return {
    hash: receipt.transactionHash,
    type: quantityToHex(DELIVERY_TYPE),
    ...entryParties(delivery),
    nonce: quantityToHex(index),
    gas: quantityToHex(messageGas(message)),
    gasPrice: "0x0",
    value: quantityToHex(value),
    mint: quantityToHex(value),
    input: bytesToHex(data),
    sourceHash: messageId(message),
    isSystemTx: false,
    sourceShard: source,
    crossShardSender: sender,
    messageKind: kind,
    // Libraries require a signature.
    ...{ v: "0x0", r: "0x0", s: "0x0", yParity: "0x0" },
  };
}
