import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";

export function encodeEnvelope(type: number, fields: readonly RlpInput[]): Uint8Array {
  const payload = encodeRlp(fields);
  const envelope = new Uint8Array(1 + payload.length);
  envelope[0] = type;
  envelope.set(payload, 1);
  return envelope;
}
