import { keccak256Hex } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import { openRlpList } from "../rlp/RlpReader.ts";
import type { Block, Body } from "./Block.ts";
import { type BodyLimits, bodyFields, checkBodySize, readBody } from "./body.ts";
import { checkHeaderSize, readHeader } from "./decodeHeader.ts";
import { headerFields, headerHash } from "./encodeHeader.ts";
import type { Header } from "./Header.ts";
import { HEADER_LIMITS } from "./limits.ts";

/** [BLOCK-7] */
export function encodeBlock(block: Block): Uint8Array {
  return encodeRlp([headerFields(block.header), bodyFields(block.body)]);
}

export function createBlock(header: Header, body: Body): Block {
  return { hash: headerHash(header), header, body };
}

const LIST_HEADER_BYTES_MAX = 9;

/**
 * Does not check that the body matches the header.
 * @throws BLOCK_TOO_LARGE; errors of decodeHeader and decodeBody
 */
export function decodeBlock(bytes: Uint8Array, limits: BodyLimits): Block {
  const bytesMax = HEADER_LIMITS.bytesMax + limits.bodyBytesMax + LIST_HEADER_BYTES_MAX;
  if (bytes.length > bytesMax) throw protocolErrors.BLOCK_TOO_LARGE({ got: bytes.length, bytesMax });
  const parts = openRlpList(bytes, "block");
  const headerReader = parts.readList("header");
  const encodedHeader = parts.lastEncoding;
  checkHeaderSize(encodedHeader.length);
  const bodyReader = parts.readList("body");
  checkBodySize(parts.lastEncoding.length, limits);
  parts.finish("block");
  const header = readHeader(headerReader);
  return { hash: keccak256Hex(encodedHeader), header, body: readBody(bodyReader, limits) };
}
