/** Dictates how much of a stored file changes when a few of its pages do. Bytes */
const CHUNK_BYTES_MIN = 32 << 10;
const CHUNK_BYTES_NORMAL = 128 << 10;
export const CHUNK_BYTES_MAX = 512 << 10;

/** The upper bits of the fingerprint depend on the last 32 bytes, the lower ones on fewer. */
const FINGERPRINT_BYTES = 32;
const MASK_BEFORE_NORMAL = -1 << (32 - 19);
const MASK_AFTER_NORMAL = -1 << (32 - 15);

export const GEAR_SIZE = 256;

/**
 * Content-defined chunks: equal stretches of two streams give equal chunks, wherever they start. (FastCDC,
 * Xia et al., USENIX ATC 2016, with a 32-bit gear hash and normalized chunking.) The chunks share memory
 * with `pieces`.
 * @param gear 256 words; secret, because cut points would otherwise reveal known content
 */
export async function* chunksOf(
  pieces: AsyncIterable<Uint8Array>,
  gear: Uint32Array,
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    while (bytes.length - start >= CHUNK_BYTES_MAX) {
      const end = cutAfter(bytes, start, gear);
      yield bytes.subarray(start, end);
      start = end;
    }
    rest = bytes.subarray(start);
  }
  for (let start = 0; start < rest.length; ) {
    const end = cutAfter(rest, start, gear);
    yield rest.subarray(start, end);
    start = end;
  }
}

function cutAfter(bytes: Uint8Array, start: number, gear: Uint32Array): number {
  const end = Math.min(bytes.length, start + CHUNK_BYTES_MAX);
  if (end - start <= CHUNK_BYTES_MIN) return end;
  const normal = Math.min(end, start + CHUNK_BYTES_NORMAL);
  const first = start + CHUNK_BYTES_MIN;
  let fingerprint = 0;
  let at = first - FINGERPRINT_BYTES;
  for (; at < first; at++) fingerprint = ((fingerprint << 1) + gear[bytes[at]!]!) | 0;
  for (; at < normal; at++) {
    fingerprint = ((fingerprint << 1) + gear[bytes[at]!]!) | 0;
    if ((fingerprint & MASK_BEFORE_NORMAL) === 0) return at + 1;
  }
  for (; at < end; at++) {
    fingerprint = ((fingerprint << 1) + gear[bytes[at]!]!) | 0;
    if ((fingerprint & MASK_AFTER_NORMAL) === 0) return at + 1;
  }
  return end;
}
