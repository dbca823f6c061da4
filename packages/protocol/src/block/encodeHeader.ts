import { keccak256Hex } from "@trellis/crypto";
import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import type { Hash } from "../words.ts";
import type { Anchor, Header } from "./Header.ts";

/** [BLOCK-1] */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp(headerFields(header));
}

/** [BLOCK-2] */
export function headerHash(header: Header): Hash {
  return keccak256Hex(encodeHeader(header));
}

export function headerFields(header: Header): RlpInput[] {
  return [...sealedFields(header), [header.seal.branch, header.seal.nonce]];
}

export function sealedFields(header: Omit<Header, "seal">): RlpInput[] {
  return [
    header.version,
    header.shard,
    header.parents,
    header.bodyRoot,
    header.acceptedRoot,
    header.stateRoot,
    header.receiptsRoot,
    header.logsBloom,
    header.gasUsed,
    header.baseFee,
    header.timestampMs,
    header.stream,
    header.bits,
    header.daaScore,
    header.blueScore,
    header.blueWork,
    header.number,
    header.finalized,
    ...(header.anchor === undefined ? [] : [anchorFields(header.anchor)]),
    header.miner,
    header.extra,
  ];
}

function anchorFields({ hash, number, epoch }: Anchor): RlpInput[] {
  return [hash, number, epoch];
}
