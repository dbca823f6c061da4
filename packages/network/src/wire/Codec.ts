import { baseErrors, isTrellisError } from "@trellis/base";
import { encodeRlp, openRlpList, type RlpInput, type RlpReader } from "@trellis/protocol";
import { wireErrors } from "./errors.ts";
import { frame, unframe } from "./frame.ts";

export interface Codec<T> {
  /** Payload size, without the frame's byte. */
  readonly bytesMax: number;
  /** @throws ARGUMENT_INVALID */
  encode(value: T): Uint8Array;
  /** @throws MESSAGE_MALFORMED */
  decode(message: Uint8Array): T;
}

export interface Shape<T> {
  write(value: T): RlpInput[];
  /** May throw only TrellisErrors. */
  read(fields: RlpReader): T;
}

export function createCodec<T>(name: string, bytesMax: number, shape: Shape<T>): Codec<T> {
  return {
    bytesMax,
    encode(value) {
      const payload = encodeRlp(shape.write(value));
      if (payload.length > bytesMax) {
        throw baseErrors.ARGUMENT_INVALID({
          rule: "a message has at most bytesMax",
          message: name,
          got: payload.length,
          bytesMax,
        });
      }
      return frame(payload);
    },
    decode(message) {
      return readPayload(name, unframe(message, bytesMax), shape.read);
    },
  };
}

/** [NET-4] */
export function readPayload<T>(name: string, payload: Uint8Array, read: (fields: RlpReader) => T): T {
  try {
    const fields = openRlpList(payload, name);
    const value = read(fields);
    fields.finish(name);
    return value;
  } catch (error) {
    if (!isTrellisError(error) || error.code in wireErrors.table) throw error;
    throw wireErrors.MESSAGE_MALFORMED({ message: name, reason: error.message }, error);
  }
}
