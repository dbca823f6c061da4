import { isDialAddress, peerOfAddress } from "../peers/index.ts";
import { RECORD_PREFIX, SEED_LIMITS } from "./limits.ts";

/**
 * Addresses of the TXT records of `_dnsaddr.HOST`. Other records and excess ones are ignored.
 * https://github.com/multiformats/multiaddr/blob/master/protocols/DNSADDR.md
 */
export function readRecords(texts: readonly string[], peer: string | undefined): string[] {
  const addresses = texts.slice(0, SEED_LIMITS.recordsMax).flatMap((text) => {
    const address = text.startsWith(RECORD_PREFIX) ? text.slice(RECORD_PREFIX.length) : "";
    return isDialAddress(address) ? [address] : [];
  });
  return peer === undefined ? addresses : addresses.filter((address) => peerOfAddress(address) === peer);
}
