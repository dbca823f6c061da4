import { keccak256Hex } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import { certificateFields, evidenceFields, readCertificate, readEvidence } from "../finality/codecs.ts";
import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader, withoutBufferPrototype } from "../rlp/RlpReader.ts";
import { decodeTransaction } from "../transaction/decodeTransaction.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import type { Body } from "./Block.ts";
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
  return [body.transactions.map(({ encoded }) => encoded), ...votesFields(body)];
}

export function votesFields({ certificates, evidence }: Pick<Body, "certificates" | "evidence">): RlpInput[] {
  return [certificates.map(certificateFields), evidence.map(evidenceFields)];
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
  const votes = readVotes(sections);
  sections.finish("body");
  return { transactions, ...votes };
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

/** @throws BLOCK_TOO_LARGE, RLP_INVALID */
export function readVotes(sections: RlpReader): Pick<Body, "certificates" | "evidence"> {
  return {
    certificates: readSection(sections, "certificates", BODY_LIMITS.certificatesMax, readCertificate),
    evidence: readSection(sections, "evidence", BODY_LIMITS.evidenceMax, readEvidence),
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

function computeBodyRoot({ transactions, certificates, evidence }: Body): Hash {
  const roots = [
    transactions.map(({ hash }) => hash),
    certificates.map((certificate) => keccak256Hex(encodeRlp(certificateFields(certificate)))),
    evidence.map((item) => keccak256Hex(encodeRlp(evidenceFields(item)))),
  ];
  return keccak256Hex(encodeRlp(roots.map(merkleRoot)));
}
