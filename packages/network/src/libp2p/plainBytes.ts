interface Chunks {
  subarray(): Uint8Array;
}

/** Buffers differ from Uint8Arrays in `slice` and equality. */
export function plainBytes(chunks: Chunks): Uint8Array {
  const { buffer, byteOffset, byteLength } = chunks.subarray();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
