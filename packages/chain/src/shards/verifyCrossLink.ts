import { type Certificate, type CrossLink, headerHash } from "@trellis/protocol";
import { shardErrors } from "./errors.ts";

interface CrossLinkTerms {
  readonly shard: number;
  /** Newest recorded cross-link of the shard. */
  readonly last: { readonly height: number; readonly number: number } | undefined;
  /** Against the set that votes on the height. [SHARD-14] */
  readonly verifyCertificate: (certificate: Certificate) => void;
}

/**
 * The certificate makes the header's block final, and the header proves the state root. [SHARD-13]
 * @throws CROSS_LINK_OLD, CROSS_LINK_INVALID, errors of verifyCertificate
 */
export function verifyCrossLink({ header, certificate }: CrossLink, terms: CrossLinkTerms): void {
  const { shard, last, verifyCertificate } = terms;
  const { height, step, value } = certificate;
  const facts = { shard, height, number: header.number };
  if (last !== undefined && height <= last.height) {
    throw shardErrors.CROSS_LINK_OLD({ ...facts, lastHeight: last.height });
  }
  const invalid = (reason: string) => shardErrors.CROSS_LINK_INVALID({ reason, ...facts });
  if (header.shard !== shard) throw invalid("header of another shard");
  if (step !== "precommit") throw invalid("certificate of prevotes");
  if (value !== headerHash(header)) throw invalid("certificate of another block");
  if (last !== undefined && header.number <= last.number) throw invalid("block number does not increase");
  verifyCertificate(certificate);
}
