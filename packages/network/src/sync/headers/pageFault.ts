import type { Hash, Header } from "@trellis/protocol";
import type { HeadersAnswer, HeadersRequest } from "../../wire/index.ts";
import { READING_LIMITS } from "../limits.ts";

/**
 * The page must continue a locator hash, with parents before children; only the last page may be short.
 * [SYNC-10]
 */
export function pageFault(
  { locator, countMax }: HeadersRequest,
  { from, isEnd }: HeadersAnswer,
  headers: readonly { readonly hash: Hash; readonly header: Header }[],
  isKnown: (hash: Hash) => boolean,
): string | undefined {
  if (!locator.includes(from)) return "starts at a block outside the locator";
  if (!isEnd && headers.length < Math.min(countMax, READING_LIMITS.pageHeadersMin)) {
    return "is too small for a page that is not the last";
  }
  const earlier = new Set<Hash>();
  for (const { hash, header } of headers) {
    if (earlier.has(hash)) return "lists a block twice";
    if (!header.parents.every((parent) => earlier.has(parent) || isKnown(parent))) {
      return "has a block before its parent";
    }
    earlier.add(hash);
  }
  return undefined;
}
