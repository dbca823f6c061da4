export type { Codec } from "./Codec.ts";
export { encodeContent } from "./codecs/finalityCodecs.ts";
export {
  createWire,
  type Wire,
  type WireProtocol,
} from "./createWire.ts";
export { wireErrors } from "./errors.ts";
export { BYTE_LIMITS, COUNT_LIMITS, SIZE_LIMITS, TOKEN_BYTES } from "./limits.ts";
export type * from "./messages.ts";
export { bytesToShortId, SHORT_ID_BYTES, ShortIds, shortIdToBytes } from "./shortId.ts";
export { decodeTraced, encodeTraced, TRACE_BYTES, tracedIdOf } from "./tracedRequest.ts";
