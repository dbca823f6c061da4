/** sealRoot || nonce (8 bytes little-endian). */
interface NonceMessage {
  readonly bytes: Uint8Array;
  setNonce(low: number, high: number): void;
}

export function createNonceMessage(sealRoot: Uint8Array): NonceMessage {
  const bytes = new Uint8Array(sealRoot.length + 8);
  bytes.set(sealRoot);
  const view = new DataView(bytes.buffer, sealRoot.length);
  return {
    bytes,
    setNonce(low, high) {
      view.setUint32(0, low, true);
      view.setUint32(4, high, true);
    },
  };
}
