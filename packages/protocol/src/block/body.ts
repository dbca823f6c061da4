import { keccak256Hex } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import { certificateFields, evidenceFields, readCertificate, readEvidence } from "../finality/codecs.ts";
import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader, withoutBufferPrototype } from "../rlp/RlpReader.ts";
import { messageBatchFields, readMessageBatch, SOURCES_MAX } from "../shards/MessageBatch.ts";
import { decodeTransaction } from "../transaction/decodeTransaction.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import type { Body, CrossShardLists } from "./Block.ts";
import { CROSS_LINKS_MAX, crossLinkFields, readCrossLink } from "./CrossLink.ts";
import { BODY_LIMITS } from "./limits.ts";
import { merkleRoot } from "./merkle.ts";

export interface BodyLimits {
  readonly bodyBytesMax: number;
  readonly transactionBytesMax: number;
  readonly allowUnprotected?: boolean;
}

/** Of decoded bodies, which do not change. Encodings are canonical (RLP-2), and transactions share their bytes. */
const knownEncodings = new WeakMap<Body, Uint8Array>();

/** Do not change the result. [BLOCK-5] */
export function encodeBody(body: Body): Uint8Array {
  return knownEncodings.get(body) ?? encodeRlp(bodyFields(body));
}

export function bodyFields(body: Body): RlpInput[] {
  return [body.transactions.map(({ encoded }) => encoded), ...listFields(body)];
}

/** A body without its transactions. */
export type BodyLists = Omit<Body, "transactions">;

export function listFields({ certificates, evidence, crossShard }: BodyLists): RlpInput[][] {
  const votes = [certificates.map(certificateFields), evidence.map(evidenceFields)];
  if (crossShard === undefined) return votes;
  const { batches, crossLinks } = crossShard;
  return [...votes, batches.map(messageBatchFields), crossLinks.map(crossLinkFields)];
}

/**
 * Transactions share memory with `bytes`.
 * @throws BLOCK_TOO_LARGE, TX_TOO_LARGE, RLP_INVALID; errors of decodeTransaction
 */
export function decodeBody(bytes: Uint8Array, limits: BodyLimits): Body {
  checkBodySize(bytes.length, limits);
  const body = readBody(openRlpList(bytes, "body"), limits);
  knownEncodings.set(body, withoutBufferPrototype(bytes));
  return body;
}

export function checkBodySize(size: number, { bodyBytesMax }: BodyLimits): void {
  if (size > bodyBytesMax)
    throw protocolErrors.BLOCK_TOO_LARGE({ part: "body", got: size, bytesMax: bodyBytesMax });
}

export function readBody(sections: RlpReader, limits: BodyLimits): Body {
  const transactions = readTransactions(sections, limits);
  const lists = readBodyLists(sections);
  sections.finish("body");
  return { transactions, ...lists };
}

function readTransactions(sections: RlpReader, limits: BodyLimits): Transaction[] {
  const { transactionBytesMax } = limits;
  const list = sections.readList("transactions");
  const transactions: Transaction[] = [];
  while (!list.isDone) {
    const encoded = list.readBytes("transaction");
    if (encoded.length > transactionBytesMax) {
      throw protocolErrors.TX_TOO_LARGE({ got: encoded.length, bytesMax: transactionBytesMax });
    }
    transactions.push(decodeTransaction(encoded, limits));
  }
  return transactions;
}

/** @throws BLOCK_TOO_LARGE, RLP_INVALID, MESSAGE_INVALID */
export function readBodyLists(sections: RlpReader): BodyLists {
  const votes = {
    certificates: readSection(sections, "certificates", BODY_LIMITS.certificatesMax, readCertificate),
    evidence: readSection(sections, "evidence", BODY_LIMITS.evidenceMax, readEvidence),
  };
  return sections.isDone ? votes : { ...votes, crossShard: readCrossShardLists(sections) };
}

function readCrossShardLists(sections: RlpReader): CrossShardLists {
  return {
    batches: readSection(sections, "batches", SOURCES_MAX, readMessageBatch),
    crossLinks: readSection(sections, "cross-links", CROSS_LINKS_MAX, readCrossLink),
  };
}

function readSection<T>(
  sections: RlpReader,
  name: string,
  countMax: number,
  read: (fields: RlpReader) => T,
): T[] {
  const list = sections.readList(name);
  const items: T[] = [];
  while (!list.isDone) {
    if (items.length === countMax)
      throw protocolErrors.BLOCK_TOO_LARGE({ part: "section", section: name, countMax });
    items.push(read(list.readList(name)));
  }
  return items;
}

/** Bodies do not change. A synced body is checked on arrival and again at its import. */
const knownRoots = new WeakMap<Body, Hash>();

/** [BLOCK-6] */
export function bodyRoot(body: Body): Hash {
  const root = knownRoots.get(body) ?? computeBodyRoot(body);
  knownRoots.set(body, root);
  return root;
}

function computeBodyRoot(body: Body): Hash {
  const hashes = [
    body.transactions.map(({ hash }) => hash),
    ...listFields(body).map((items) => items.map((item) => keccak256Hex(encodeRlp(item)))),
  ];
  return keccak256Hex(encodeRlp(hashes.map(merkleRoot)));
}
