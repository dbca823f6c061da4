import { isTrellisError } from "@trellis/base";
import { decodeEvidence, type Evidence } from "@trellis/protocol";
import { bytes, index } from "../../decoding/hex.ts";
import { encodeCertificate, encodeFinality, encodeFinalityProof } from "../../encoding/finality.ts";
import { rpcErrors } from "../../errors.ts";
import { defineMethod, defineScan, required, WEIGHTS } from "../Method.ts";

/** For 128 validators, such a proof takes several hundred kilobytes. */
const CHANGES_MAX = 8;

export const finalityMethods = [
  defineMethod({
    name: "trellis_getFinality",
    summary:
      "Returns the newest checkpoint, the vote on the next checkpoint, and the validators with their signatures; null on a node without finality.",
    handle: ({ finality }) => (finality === undefined ? null : encodeFinality(finality.status())),
  }),
  defineMethod({
    name: "trellis_getCertificate",
    summary: "Returns the certificate of a final checkpoint by its height, from 1.",
    params: [required("height", index)],
    handle({ finality }, [height]) {
      const certificate = finality?.certificate(height);
      return certificate === undefined ? null : encodeCertificate(certificate);
    },
  }),
  defineScan({
    name: "trellis_getFinalityProof",
    summary:
      "Returns a proof of the newest checkpoint for clients that know the validator set of an epoch: the set changes since then, at most 8 per call, each with header, certificate and trie nodes of the new set. After the last change, the proof contains the newest checkpoint.",
    params: [required("epoch", index)],
    handle: ({ finality }, [epoch]) =>
      finality === undefined ? null : encodeFinalityProof(finality.proof(epoch, CHANGES_MAX)),
  }),
  defineScan({
    name: "trellis_submitEvidence",
    summary:
      "Submits evidence of an equivocation: two signed votes of one validator for the same height, round and step, encoded as in docs/spec/finality.md. Returns true if the evidence is valid; the node then gossips it.",
    params: [required("evidence", bytes)],
    weight: WEIGHTS.execute,
    handle({ finality }, [encoded]) {
      if (finality === undefined)
        throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "no finality on this node" });
      finality.submitEvidence(evidenceOf(encoded));
      return true;
    },
  }),
];

function evidenceOf(encoded: Uint8Array): Evidence {
  try {
    return decodeEvidence(encoded);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: `not evidence: ${error.message}` }, error);
  }
}
