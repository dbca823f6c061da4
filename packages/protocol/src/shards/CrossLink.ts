import { checkHeaderSize, readHeader } from "../block/decodeHeader.ts";
import { headerFields } from "../block/encodeHeader.ts";
import type { Header } from "../block/Header.ts";
import { certificateFields, readCertificate } from "../finality/codecs.ts";
import type { Certificate } from "../finality/Vote.ts";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import { openRlpList } from "../rlp/RlpReader.ts";

/**
 * A shard's final block, recorded in shard 0. The header proves shard, number and state root; the certificate
 * proves height and finality. [SHARD-14]
 */
export interface CrossLink {
  readonly header: Header;
  readonly certificate: Certificate;
}

/** A chain block of shard 0 records at most this many. [SHARD-14] */
export const CROSS_LINKS_MAX = 16;

/** [SHARD-14] */
export function encodeCrossLink({ header, certificate }: CrossLink): Uint8Array {
  return encodeRlp([headerFields(header), certificateFields(certificate)]);
}

/** Does not verify the certificate. @throws RLP_INVALID, BLOCK_TOO_LARGE */
export function decodeCrossLink(bytes: Uint8Array): CrossLink {
  const fields = openRlpList(bytes, "cross-link");
  const headerList = fields.readList("header");
  checkHeaderSize(fields.lastEncoding.length);
  const header = readHeader(headerList);
  const certificate = readCertificate(fields.readList("certificate"));
  fields.finish("cross-link");
  return { header, certificate };
}
