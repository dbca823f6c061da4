import {
  decodeCertificate,
  decodeEvidence,
  decodeHeartbeat,
  decodeProposal,
  decodeVoteBundle,
  encodeCertificate,
  encodeEvidence,
  encodeHeartbeat,
  encodeProposal,
  encodeVoteBundle,
} from "@trellis/protocol";
import { type Codec, createCodec } from "../Codec.ts";
import { readCount, readItems } from "../fields.ts";
import { BYTE_LIMITS, COUNT_LIMITS, SIZE_LIMITS } from "../limits.ts";
import {
  type CertificatesAnswer,
  type CertificatesRequest,
  FINALITY_KINDS,
  type FinalityContent,
  type FinalityMessage,
} from "../messages.ts";

/** [NET-23] */
export const finalityMessageCodec: Codec<FinalityMessage> = createCodec(
  "finality message",
  BYTE_LIMITS.finalityMessage,
  {
    write: ({ content, slot }) => [FINALITY_KINDS.indexOf(content.kind), slot, encodeContent(content)],
    read(fields) {
      const kind = FINALITY_KINDS[fields.readNumber("kind", FINALITY_KINDS.length - 1)]!;
      const slot = fields.readNumber("slot");
      return { content: decodeContent(kind, fields.readBytes("content", SIZE_LIMITS.voteBundle)), slot };
    },
  },
);

/** [NET-25] */
export const certificatesRequestCodec: Codec<CertificatesRequest> = createCodec(
  "certificates request",
  BYTE_LIMITS.certificatesRequest,
  {
    write: ({ fromHeight, countMax }) => [fromHeight, countMax],
    read: (fields) => ({
      fromHeight: fields.readNumber("fromHeight"),
      countMax: readCount(fields, "countMax", COUNT_LIMITS.certificates),
    }),
  },
);

export const certificatesAnswerCodec: Codec<CertificatesAnswer> = createCodec(
  "certificates answer",
  BYTE_LIMITS.certificatesAnswer,
  {
    write: ({ certificates }) => [certificates.map(encodeCertificate)],
    read: (fields) => ({
      certificates: readItems(fields, "certificates", COUNT_LIMITS.certificates, (list) =>
        decodeCertificate(list.readBytes("certificate", SIZE_LIMITS.vote)),
      ),
    }),
  },
);

export function encodeContent(content: FinalityContent): Uint8Array {
  switch (content.kind) {
    case "votes":
      return encodeVoteBundle(content.votes);
    case "proposal":
      return encodeProposal(content.proposal);
    case "certificate":
      return encodeCertificate(content.certificate);
    case "evidence":
      return encodeEvidence(content.evidence);
    case "heartbeat":
      return encodeHeartbeat(content.heartbeat);
  }
}

function decodeContent(kind: FinalityContent["kind"], bytes: Uint8Array): FinalityContent {
  switch (kind) {
    case "votes":
      return { kind, votes: decodeVoteBundle(bytes) };
    case "proposal":
      return { kind, proposal: decodeProposal(bytes) };
    case "certificate":
      return { kind, certificate: decodeCertificate(bytes) };
    case "evidence":
      return { kind, evidence: decodeEvidence(bytes) };
    case "heartbeat":
      return { kind, heartbeat: decodeHeartbeat(bytes) };
  }
}
