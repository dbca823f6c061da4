/**
 * Encodings of branches share buffers of a page: a buffer costs the collector more than the half kilobyte in it.
 * A page stays in memory for its last encoding, which is why it holds only a few. Bytes
 */
const PAGE_SIZE = 4096;
const SHARED_SIZE_MAX = PAGE_SIZE / 4;

let page = new ArrayBuffer(PAGE_SIZE);
let used = 0;

/** Zeroed bytes that nobody else writes to. */
export function allocate(size: number): Uint8Array {
  if (size > SHARED_SIZE_MAX) return new Uint8Array(size);
  if (used + size > PAGE_SIZE) {
    page = new ArrayBuffer(PAGE_SIZE);
    used = 0;
  }
  const bytes = new Uint8Array(page, used, size);
  used += size;
  return bytes;
}
