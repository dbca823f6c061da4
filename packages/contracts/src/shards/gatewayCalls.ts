import { bytesToBigint, hexToBytes } from "@trellis/base";
import { type Address, MESSAGE_KINDS, type Message, messageGas, type SystemCall } from "@trellis/protocol";
import { SHARD_GATEWAY_ADDRESS } from "../addresses.ts";
import { encodeCall } from "../storage/encodeAbi.ts";

interface ProvenCounters {
  readonly source: number;
  /** Of the cross-link that proves the counters. */
  readonly height: number;
  /** Messages from `source` to this shard. */
  readonly sent: number;
  /** Messages from this shard that `source` has consumed. */
  readonly acknowledged: number;
}

/** More than three cold slots and a write need. */
const SYNCHRONIZE_GAS = 100_000n;

/** Precedes the deliveries of the same proof. [SHARD-9] */
export function synchronizeCall({ source, height, sent, acknowledged }: ProvenCounters): SystemCall {
  const words = [source, height, sent, acknowledged].map(BigInt);
  return {
    to: SHARD_GATEWAY_ADDRESS,
    value: 0n,
    data: encodeCall("synchronize(uint16,uint64,uint64,uint64)", words),
    gasLimit: SYNCHRONIZE_GAS,
  };
}

/** The call issues the message's value. [SHARD-10] */
export function deliverCall(message: Message): SystemCall {
  const { kind, source, destination, index, sender, to, value, gasLimit, expiry, data } = message;
  const struct = [
    BigInt(MESSAGE_KINDS.indexOf(kind)),
    BigInt(source),
    BigInt(destination),
    BigInt(index),
    addressToNumber(sender),
    addressToNumber(to),
    value,
    gasLimit,
    BigInt(expiry),
    data,
  ];
  return {
    to: SHARD_GATEWAY_ADDRESS,
    value,
    data: encodeCall(DELIVER, [{ struct }]),
    gasLimit: messageGas(message),
  };
}

const DELIVER = "deliver((uint8,uint16,uint16,uint64,address,address,uint256,uint64,uint64,bytes))";

function addressToNumber(address: Address): bigint {
  return bytesToBigint(hexToBytes(address));
}
