import { putBigint } from "@trellis/base";
import { recoverCompact } from "../secp256k1/recover.ts";
import type { Signature } from "../secp256k1/signature.ts";

export interface RecoveryRequest {
  readonly hash: Uint8Array;
  readonly signature: Signature;
}

/** Bytes: hash 32, r 32, s 32, yParity 1. */
const PACKED_REQUEST_SIZE = 97;
/** Bytes: flag 1, address 20. */
const PACKED_OUTCOME_SIZE = 21;
/** Not 0, so that an answer that was never written is not an outcome. */
const FLAG = { recovered: 1, unrecoverable: 2 } as const;

/** Call `checkSignature` first. */
export function packRequests(requests: readonly RecoveryRequest[]): ArrayBuffer {
  const packed = new Uint8Array(requests.length * PACKED_REQUEST_SIZE);
  const words = new DataView(packed.buffer);
  let offset = 0;
  for (const { hash, signature } of requests) {
    packed.set(hash, offset);
    putBigint(signature.r, words, offset + 64);
    putBigint(signature.s, words, offset + 96);
    packed[offset + 96] = signature.yParity;
    offset += PACKED_REQUEST_SIZE;
  }
  return packed.buffer;
}

export function recoverPacked(requests: ArrayBuffer): ArrayBuffer {
  const count = requests.byteLength / PACKED_REQUEST_SIZE;
  const outcomes = new Uint8Array(count * PACKED_OUTCOME_SIZE);
  for (let index = 0; index < count; index++) {
    const request = new Uint8Array(requests, index * PACKED_REQUEST_SIZE, PACKED_REQUEST_SIZE);
    const address = recoverCompact(request.subarray(0, 32), request.subarray(32, 96), request[96] as number);
    const offset = index * PACKED_OUTCOME_SIZE;
    outcomes[offset] = address === undefined ? FLAG.unrecoverable : FLAG.recovered;
    if (address !== undefined) outcomes.set(address, offset + 1);
  }
  return outcomes.buffer;
}

export function isOutcomes(outcomes: Uint8Array, count: number): boolean {
  if (outcomes.length !== count * PACKED_OUTCOME_SIZE) return false;
  for (let offset = 0; offset < outcomes.length; offset += PACKED_OUTCOME_SIZE) {
    const flag = outcomes[offset];
    if (flag !== FLAG.recovered && flag !== FLAG.unrecoverable) return false;
  }
  return true;
}

export function unpackOutcomes(outcomes: ArrayBuffer): (Uint8Array | undefined)[] {
  const bytes = new Uint8Array(outcomes);
  return Array.from({ length: bytes.length / PACKED_OUTCOME_SIZE }, (_, index) => {
    const start = index * PACKED_OUTCOME_SIZE;
    return bytes[start] === FLAG.recovered ? bytes.slice(start + 1, start + PACKED_OUTCOME_SIZE) : undefined;
  });
}
