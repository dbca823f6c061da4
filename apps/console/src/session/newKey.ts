import { bytesToHex } from "@trellis/base";

/**
 * Names a request that is done once, however often it is sent. 32 hexadecimal digits: also where a page is not served
 * by https, which `randomUUID` needs.
 */
export function newKey(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16))).slice(2);
}
