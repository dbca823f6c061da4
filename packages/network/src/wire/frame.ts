import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { wireErrors } from "./errors.ts";
import { zstdContentSize, zstdFrameSize } from "./zstdFrameSize.ts";

export const FRAME_BYTES = 1;

/** Smaller messages are mostly hashes, which do not compress. */
export const COMPRESS_ABOVE_BYTES = 1_024;

const PLAIN = 0;
const COMPRESSED = 1;

/** Compresses 280 kB of headers by 47 % in 0.5 ms (deflate: 2.7 ms). Higher levels gain less than 1 %. */
const LEVEL = 1;
/** 512 KiB: a receiver must allocate the window. */
const WINDOW_LOG_MAX = 19;

export function frame(payload: Uint8Array): Uint8Array {
  if (payload.length > COMPRESS_ABOVE_BYTES) {
    const compressed = zstdCompressSync(payload, {
      params: {
        [constants.ZSTD_c_compressionLevel]: LEVEL,
        [constants.ZSTD_c_windowLog]: WINDOW_LOG_MAX,
      },
    });
    // If the output fills Node.js's buffers of 16 KiB exactly, an empty frame follows.
    const first = compressed.subarray(0, zstdFrameSize(compressed));
    if (first.length < payload.length) return withFlag(COMPRESSED, first);
  }
  return withFlag(PLAIN, payload);
}

/** Can share memory with the message. [NET-3] @throws MESSAGE_MALFORMED */
export function unframe(message: Uint8Array, bytesMax: number): Uint8Array {
  if (message.length > bytesMax + FRAME_BYTES) {
    throw wireErrors.MESSAGE_MALFORMED({
      reason: "too long",
      got: message.length,
      bytesMax: bytesMax + FRAME_BYTES,
    });
  }
  const rest = message.subarray(FRAME_BYTES);
  if (message[0] === PLAIN) return rest;
  if (message[0] === COMPRESSED) return decompress(rest, bytesMax);
  throw wireErrors.MESSAGE_MALFORMED({ reason: "unknown first byte", first: message[0] });
}

/** `bytesMax` if the zstd header has no size. */
export function unpackedSize(message: Uint8Array, bytesMax: number): number {
  if (message[0] !== COMPRESSED) return message.length;
  const size = Math.min(zstdContentSize(message.subarray(FRAME_BYTES)) ?? bytesMax, bytesMax);
  return Math.max(message.length, size + FRAME_BYTES);
}

function decompress(compressed: Uint8Array, bytesMax: number): Uint8Array {
  if (zstdFrameSize(compressed) !== compressed.length) {
    throw wireErrors.MESSAGE_MALFORMED({ reason: "not exactly one zstd frame" });
  }
  const payload = unpack(compressed, bytesMax);
  if (payload.length <= COMPRESS_ABOVE_BYTES || payload.length <= compressed.length) {
    throw wireErrors.MESSAGE_MALFORMED({
      reason: "compression does not reduce the size",
      payload: payload.length,
      compressed: compressed.length,
    });
  }
  return payload;
}

function unpack(compressed: Uint8Array, bytesMax: number): Uint8Array {
  try {
    const { buffer, byteOffset, length } = zstdDecompressSync(compressed, {
      maxOutputLength: bytesMax,
      params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
    });
    return new Uint8Array(buffer, byteOffset, length);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") {
      throw wireErrors.MESSAGE_MALFORMED(
        { reason: "too long", compressed: compressed.length, bytesMax },
        cause,
      );
    }
    throw wireErrors.MESSAGE_MALFORMED({ reason: "invalid zstd data" }, cause);
  }
}

function withFlag(flag: number, bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(FRAME_BYTES + bytes.length);
  framed[0] = flag;
  framed.set(bytes, FRAME_BYTES);
  return framed;
}
