import { certificateFields, readCertificate } from "../finality/codecs.ts";
import type { Certificate } from "../finality/Vote.ts";
import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader } from "../rlp/RlpReader.ts";
import { checkHeaderSize, readHeader } from "./decodeHeader.ts";
import { headerFields } from "./encodeHeader.ts";
import type { Header } from "./Header.ts";

/**
 * A shard's final block, recorded in shard 0. The header proves shard, number and state root; the certificate
 * proves height and finality. [SHARD-14.1]
 */
export interface CrossLink {
  readonly header: Header;
  readonly certificate: Certificate;
}

/** A chain block of shard 0 records at most this many. [SHARD-14.4] */
export const CROSS_LINKS_MAX = 16;

/** [SHARD-14.1] */
export function encodeCrossLink(crossLink: CrossLink): Uint8Array {
  return encodeRlp(crossLinkFields(crossLink));
}

export function crossLinkFields({ header, certificate }: CrossLink): RlpInput[] {
  return [headerFields(header), certificateFields(certificate)];
}

/** Does not verify the certificate. @throws RLP_INVALID, BLOCK_TOO_LARGE */
export function decodeCrossLink(bytes: Uint8Array): CrossLink {
  return readCrossLink(openRlpList(bytes, "cross-link"));
}

export function readCrossLink(fields: RlpReader): CrossLink {
  const headerList = fields.readList("header");
  checkHeaderSize(fields.lastEncoding.length);
  const header = readHeader(headerList);
  const certificate = readCertificate(fields.readList("certificate"));
  fields.finish("cross-link");
  return { header, certificate };
}
