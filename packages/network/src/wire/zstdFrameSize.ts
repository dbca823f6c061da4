const MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;

const BLOCK_TYPES = { raw: 0, runLength: 1, compressed: 2, reserved: 3 } as const;

/**
 * Undefined if absent or truncated. Node.js silently accepts concatenated or partial frames (RFC 8878,
 * section 3.1.1).
 */
export function zstdFrameSize(bytes: Uint8Array): number | undefined {
  const descriptor = bytes[MAGIC.length];
  if (descriptor === undefined || !MAGIC.every((byte, index) => bytes[index] === byte)) return undefined;
  const blocks = MAGIC.length + headerSize(descriptor);
  const end = endOfBlocks(bytes, blocks);
  if (end === undefined) return undefined;
  const size = end + ((descriptor & 0x04) === 0 ? 0 : CHECKSUM_BYTES);
  return size <= bytes.length ? size : undefined;
}

function headerSize(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0x03]!;
  return 1 + (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes(descriptor);
}

function contentSizeBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  return [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
}

/** Undefined without a size. Decompressors reject frames with another size (RFC 8878, section 3.1.1.1.4). */
export function zstdContentSize(bytes: Uint8Array): number | undefined {
  const descriptor = bytes[MAGIC.length];
  if (descriptor === undefined) return undefined;
  const end = MAGIC.length + headerSize(descriptor);
  const fieldBytes = contentSizeBytes(descriptor);
  if (fieldBytes === 0 || end > bytes.length) return undefined;
  let size = 0;
  for (let offset = end - 1; offset >= end - fieldBytes; offset--) size = size * 256 + bytes[offset]!;
  return fieldBytes === 2 ? size + TWO_BYTES_OFFSET : size;
}

const TWO_BYTES_OFFSET = 256;

function endOfBlocks(bytes: Uint8Array, start: number): number | undefined {
  for (let offset = start; offset + BLOCK_HEADER_BYTES <= bytes.length; ) {
    const header = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16);
    const type = (header >> 1) & 0x03;
    if (type === BLOCK_TYPES.reserved) return undefined;
    offset += BLOCK_HEADER_BYTES + (type === BLOCK_TYPES.runLength ? 1 : header >> 3);
    const isLast = (header & 1) === 1;
    if (isLast) return offset;
  }
  return undefined;
}
