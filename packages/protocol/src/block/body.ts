import { keccak256Hex } from "@trellis/crypto";
import { protocolErrors } from "../errors.ts";
import type { NetworkParameters } from "../parameters/NetworkParameters.ts";
import { encodeRlp, type RlpInput } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader } from "../rlp/RlpReader.ts";
import { decodeTransaction } from "../transaction/decodeTransaction.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import type { Body } from "./Block.ts";
import { merkleRoot } from "./merkle.ts";

export type BodyLimits = Pick<NetworkParameters, "bodyBytesMax" | "transactionBytesMax">;

/** [BLOCK-5] */
export function encodeBody(body: Body): Uint8Array {
  return encodeRlp(bodyFields(body));
}

/** A list of sections; every transaction is a byte string that holds its envelope, legacy ones too. */
export function bodyFields(body: Body): RlpInput[] {
  return [body.transactions.map(({ encoded }) => encoded)];
}

/**
 * Decodes a body. The transactions share memory with `bytes`.
 * @throws BLOCK_BODY_TOO_LARGE, TX_TOO_LARGE, and what decodeTransaction and RlpReader throw
 */
export function decodeBody(bytes: Uint8Array, limits: BodyLimits): Body {
  checkBodySize(bytes.length, limits);
  return readBody(openRlpList(bytes, "body"), limits);
}

export function checkBodySize(size: number, { bodyBytesMax }: BodyLimits): void {
  if (size > bodyBytesMax) throw protocolErrors.BLOCK_BODY_TOO_LARGE({ got: size, bytesMax: bodyBytesMax });
}

export function readBody(sections: RlpReader, { transactionBytesMax }: BodyLimits): Body {
  const list = sections.readList("transactions");
  sections.finish("body");
  const transactions: Transaction[] = [];
  while (!list.isDone) {
    const encoded = list.readBytes("transaction");
    if (encoded.length > transactionBytesMax) {
      throw protocolErrors.TX_TOO_LARGE({ got: encoded.length, bytesMax: transactionBytesMax });
    }
    transactions.push(decodeTransaction(encoded));
  }
  return { transactions };
}

/**
 * Commits to a body: the hash of the list of its sections' roots. The transactions' root is a Merkle root over their
 * hashes, so that a proof shows that a block carried a transaction. [BLOCK-6]
 */
export function bodyRoot(body: Body): Hash {
  const transactionsRoot = merkleRoot(body.transactions.map(({ hash }) => hash));
  return keccak256Hex(encodeRlp([transactionsRoot]));
}
