import { protocolErrors } from "../errors.ts";
import { openRlpList, type RlpReader } from "../rlp/RlpReader.ts";
import { UINT64_MAX } from "../transaction/limits.ts";
import type { Hash } from "../words.ts";
import type { Anchor, Header, Seal } from "./Header.ts";
import { ANCHORED_HEADER_VERSION, HEADER_LIMITS } from "./limits.ts";

/** Checks only HEADER_LIMITS. @throws BLOCK_TOO_LARGE, RLP_INVALID */
export function decodeHeader(bytes: Uint8Array): Header {
  checkHeaderSize(bytes.length);
  return readHeader(openRlpList(bytes, "header"));
}

export function checkHeaderSize(size: number): void {
  const { bytesMax } = HEADER_LIMITS;
  if (size > bytesMax) throw protocolErrors.BLOCK_TOO_LARGE({ part: "header", got: size, bytesMax });
}

export function readHeader(fields: RlpReader): Header {
  const version = fields.readNumber("version", HEADER_LIMITS.uint16Max);
  const header = {
    version,
    shard: fields.readNumber("shard", HEADER_LIMITS.uint16Max),
    parents: readHashes(fields, "parents", HEADER_LIMITS.parentsMax),
    bodyRoot: fields.readHash("bodyRoot"),
    acceptedRoot: fields.readHash("acceptedRoot"),
    stateRoot: fields.readHash("stateRoot"),
    receiptsRoot: fields.readHash("receiptsRoot"),
    logsBloom: fields.readFixedBytes("logsBloom", 256).slice(),
    gasUsed: fields.readUint("gasUsed", UINT64_MAX),
    baseFee: fields.readUint("baseFee"),
    timestampMs: fields.readNumber("timestampMs"),
    stream: fields.readNumber("stream", HEADER_LIMITS.uint8Max),
    bits: fields.readNumber("bits", HEADER_LIMITS.uint32Max),
    daaScore: fields.readNumber("daaScore"),
    blueScore: fields.readNumber("blueScore"),
    blueWork: fields.readUint("blueWork"),
    number: fields.readNumber("number"),
    finalized: fields.readHash("finalized"),
    ...(version === ANCHORED_HEADER_VERSION && { anchor: readAnchor(fields.readList("anchor")) }),
    miner: fields.readAddress("miner"),
    extra: fields.readBytes("extra", HEADER_LIMITS.extraBytesMax).slice(),
    seal: readSeal(fields.readList("seal")),
  };
  fields.finish("header");
  return header;
}

function readAnchor(fields: RlpReader): Anchor {
  const anchor = {
    hash: fields.readHash("anchor hash"),
    number: fields.readNumber("anchor number"),
    epoch: fields.readNumber("anchor epoch"),
  };
  fields.finish("anchor");
  return anchor;
}

function readSeal(fields: RlpReader): Seal {
  const branch = readHashes(fields, "seal branch", HEADER_LIMITS.branchMax);
  const nonce = fields.readUint("seal nonce", UINT64_MAX);
  fields.finish("seal");
  return { branch, nonce };
}

function readHashes(fields: RlpReader, field: string, countMax: number): Hash[] {
  const list = fields.readList(field);
  const hashes: Hash[] = [];
  while (!list.isDone) {
    if (hashes.length === countMax)
      throw protocolErrors.RLP_INVALID({ reason: "too many items", field, countMax });
    hashes.push(list.readHash(field));
  }
  return hashes;
}
