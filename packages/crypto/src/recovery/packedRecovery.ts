import { recoverCompact } from "../secp256k1/recover.ts";
import { type Signature, signatureToCompact } from "../secp256k1/signature.ts";

export interface RecoveryRequest {
  readonly hash: Uint8Array;
  readonly signature: Signature;
}

/** Bytes: hash 32, r 32, s 32, yParity 1. */
const PACKED_REQUEST_SIZE = 97;
/** Bytes: flag 1 (value 1 if recovered), address 20. */
const PACKED_OUTCOME_SIZE = 21;

/** Call `checkSignature` first. */
export function packRequests(requests: readonly RecoveryRequest[]): ArrayBuffer {
  const packed = new Uint8Array(requests.length * PACKED_REQUEST_SIZE);
  let offset = 0;
  for (const { hash, signature } of requests) {
    packed.set(hash, offset);
    packed.set(signatureToCompact(signature), offset + 32);
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
    if (address === undefined) continue;
    outcomes[index * PACKED_OUTCOME_SIZE] = 1;
    outcomes.set(address, index * PACKED_OUTCOME_SIZE + 1);
  }
  return outcomes.buffer;
}

export function unpackOutcomes(outcomes: ArrayBuffer): (Uint8Array | undefined)[] {
  const count = outcomes.byteLength / PACKED_OUTCOME_SIZE;
  return Array.from({ length: count }, (_, index) => {
    const outcome = new Uint8Array(outcomes, index * PACKED_OUTCOME_SIZE, PACKED_OUTCOME_SIZE);
    return outcome[0] === 1 ? outcome.slice(1) : undefined;
  });
}
