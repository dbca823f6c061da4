/** Miners that take seal root and timestamp as one text of 80 digits. */
const ONE_TEXT = /BzMiner|IceRiver/;
/** `heavy` hashes with timestamp 0: the seal root commits to the block's. [BLOCK-4] */
const TIMESTAMP = 0;

export function notifyLine(jobId: string, sealRoot: Uint8Array, agent: string): string {
  const view = new DataView(sealRoot.buffer, sealRoot.byteOffset, sealRoot.byteLength);
  const words = [0, 8, 16, 24].map((offset) => view.getBigUint64(offset, true));
  const digits = [...words, BigInt(TIMESTAMP)].map((word) => word.toString(16).padStart(16, "0"));
  // The words exceed 2^53, so that JSON.stringify cannot write them.
  const job = ONE_TEXT.test(agent) ? `"${digits.join("")}"` : `[${words.join(",")}],${TIMESTAMP}`;
  return `{"id":null,"jsonrpc":"2.0","method":"mining.notify","params":["${jobId}",${job}]}`;
}

export function notificationLine(method: string, ...params: readonly (string | number)[]): string {
  return JSON.stringify({ id: null, jsonrpc: "2.0", method, params });
}
