interface Chunks {
  subarray(): Uint8Array;
}

/** What libp2p read, as the rest of the node knows bytes: sockets give Buffers, whose `slice` and equality differ. */
export function plainBytes(chunks: Chunks): Uint8Array {
  const { buffer, byteOffset, byteLength } = chunks.subarray();
  return new Uint8Array(buffer, byteOffset, byteLength);
}
