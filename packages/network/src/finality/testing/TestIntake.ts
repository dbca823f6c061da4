import { bytesToHex, isTrellisError } from "@trellis/base";
import { finalityErrors } from "@trellis/chain";
import {
  type Certificate,
  type Evidence,
  encodeCertificate,
  encodeEvidence,
  encodeHeartbeat,
  encodeProposal,
  encodeVote,
  type FinalityIntake,
  type Hash,
  type Heartbeat,
  type ProvenProposal,
  type Signed,
  type Vote,
  type VoteBundle,
  type VoteOutcomes,
} from "@trellis/protocol";

const FALSE = 0xff;
export const VALUE: Hash = `0x${"aa".repeat(32)}`;

export class TestIntake implements FinalityIntake {
  height = 1;
  heightMax = Number.MAX_SAFE_INTEGER;
  readonly heard: string[] = [];
  readonly certificates: Certificate[] = [];
  calls = 0;
  requestCertificates: (fromHeight: number) => void = () => {};

  async receiveVotes(votes: VoteBundle): Promise<VoteOutcomes> {
    return votes.map((vote) => {
      try {
        this.#take("vote", vote.message.height, vote.signature, encodeVote(vote));
        return undefined;
      } catch (error) {
        if (isTrellisError(error)) return error;
        throw error;
      }
    });
  }

  receiveProposal(proposal: ProvenProposal): void {
    this.#take("proposal", proposal.message.height, proposal.signature, encodeProposal(proposal));
  }

  receiveCertificate(certificate: Certificate): void {
    const { height, signature } = certificate;
    this.calls++;
    const facts = { height, current: this.height };
    if (height < this.height)
      throw finalityErrors.VOTE_UNTIMELY({ reason: "height is already final", ...facts });
    if (height > this.heightMax) throw finalityErrors.VOTE_HEIGHT_AHEAD(facts);
    if (signature[0] === FALSE)
      throw finalityErrors.FINALITY_CERTIFICATE_INVALID({
        reason: "aggregate signature does not match the listed validators",
        ...facts,
      });
    this.heard.push(`certificate ${bytesToHex(encodeCertificate(certificate))}`);
    this.certificates.push(certificate);
    this.height = height + 1;
  }

  receiveEvidence(evidence: Evidence): void {
    const { message, signature } = evidence.first;
    this.#take("evidence", message.height, signature, encodeEvidence(evidence));
  }

  receiveHeartbeat({ message, signature }: Signed<Heartbeat>): void {
    this.#take("heartbeat", message.height, signature, encodeHeartbeat({ message, signature }));
  }

  receiveFinal(number: number): void {
    if (number >= this.height) this.requestCertificates(this.height);
  }

  certificatesFrom(height: number, countMax: number): readonly Certificate[] {
    return this.certificates.filter((certificate) => certificate.height >= height).slice(0, countMax);
  }

  #take(kind: string, height: number, signature: Uint8Array, encoded: Uint8Array): void {
    this.calls++;
    const facts = { height, current: this.height };
    if (height < this.height)
      throw finalityErrors.VOTE_UNTIMELY({ reason: "height is already final", ...facts });
    if (height > this.height) {
      this.requestCertificates(this.height);
      throw finalityErrors.VOTE_HEIGHT_AHEAD(facts);
    }
    if (signature[0] === FALSE)
      throw finalityErrors.VOTE_INVALID({ reason: "signature is not the validator's", ...facts });
    const said = `${kind} ${bytesToHex(encoded)}`;
    if (this.heard.includes(said)) throw finalityErrors.VOTE_KNOWN(facts);
    this.heard.push(said);
  }
}

export function voteOf(validator: number, height = 1, isFalse = false): Signed<Vote> {
  return {
    message: { epoch: 0, height, round: 0, step: "prevote", value: VALUE, validator },
    signature: new Uint8Array(96).fill(isFalse ? FALSE : 1),
  };
}

export function proposalOf(height = 1): ProvenProposal {
  const message = { epoch: 0, height, round: 0, value: VALUE, validRound: -1, validator: 0 };
  return { message, signature: new Uint8Array(96).fill(2), proof: undefined };
}

export function certificateOf(height: number, isFalse = false): Certificate {
  return {
    epoch: 0,
    height,
    round: 0,
    step: "precommit",
    value: VALUE,
    signers: Uint8Array.of(7),
    signature: new Uint8Array(96).fill(isFalse ? FALSE : 3),
  };
}

export function evidenceOf(validator: number): Evidence {
  const first = voteOf(validator);
  return { first, second: { ...first, message: { ...first.message, value: undefined } } };
}

export function heartbeatOf(validator: number, slot = 1): Signed<Heartbeat> {
  return { message: { epoch: 0, height: 1, slot, validator }, signature: new Uint8Array(96).fill(4) };
}
