import type { Tracing } from "@trellis/base";
import type { FinalityOutbox, Hash } from "@trellis/protocol";

/** Proposals, votes and certificates continue the trace of their block. */
export function traceVotes(outbox: FinalityOutbox, tracing: Tracing): FinalityOutbox {
  const traced = (name: string, block: Hash | undefined, height: number, send: () => void): void => {
    const parent = block === undefined ? undefined : tracing.recall([block]);
    const facts = { "trellis.checkpoint.height": height };
    if (parent === undefined) send();
    else tracing.span(name, { kind: "producer", parent, facts }, send);
  };
  return {
    proposal(proposal) {
      const { value, height } = proposal.message;
      traced("finality.proposal", value, height, () => outbox.proposal(proposal));
    },
    vote(vote) {
      const { value, height } = vote.message;
      traced("finality.vote", value, height, () => outbox.vote(vote));
    },
    certificate(certificate) {
      const { value, height } = certificate;
      traced("finality.certificate", value, height, () => outbox.certificate(certificate));
    },
    evidence: (evidence) => outbox.evidence(evidence),
    heartbeat: (heartbeat) => outbox.heartbeat(heartbeat),
    requestCertificates: (fromHeight) => outbox.requestCertificates(fromHeight),
  };
}
