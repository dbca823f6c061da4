/**
 * Encodings share pages, because a separate buffer costs over half a kilobyte. Pages are small, because one
 * live encoding retains its page.
 */
const PAGE_SIZE = 4096;
const SHARED_SIZE_MAX = PAGE_SIZE / 4;

let page = new ArrayBuffer(PAGE_SIZE);
let used = 0;

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
