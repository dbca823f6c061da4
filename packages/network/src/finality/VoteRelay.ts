import { type Clock, isTrellisError, LruMap } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type {
  Certificate,
  Evidence,
  FinalityIntake,
  FinalityOutbox,
  Hash,
  Heartbeat,
  ProvenProposal,
  Signed,
  Vote,
} from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { Relay } from "../relay/Relay.ts";
import { type Server, serve } from "../requests/serve.ts";
import type { GossipVerdict, PeerId, Transport } from "../transport/Transport.ts";
import { encodeContent, type FinalityContent, type FinalityMessage, type Wire } from "../wire/index.ts";
import type { CertificateFetcher } from "./CertificateFetcher.ts";
import { FINALITY_LIMITS, VERIFY_TOKENS } from "./limits.ts";

interface VoteRelayOptions {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish">;
  readonly guard: PeerGuard;
  readonly intake: FinalityIntake;
  readonly fetcher: CertificateFetcher;
  readonly clock: Clock;
}

/** Also relays repeated messages, for peers that were disconnected. [NET-23] [NET-24] */
export class VoteRelay implements Relay, FinalityOutbox {
  readonly servers: readonly Server[];
  readonly topics: Relay["topics"];
  readonly #options: VoteRelayOptions;
  readonly #passed = new LruMap<Hash, number>(FINALITY_LIMITS.passedMax);
  #isStopped = false;

  constructor(options: VoteRelayOptions) {
    this.#options = options;
    const { wire, guard, intake } = options;
    this.topics = [wire.topics.finality];
    this.servers = [
      serve(guard, wire.protocols.certificates, (_peer, { fromHeight, countMax }) => ({
        certificates: intake.certificatesFrom(fromHeight, countMax),
      })),
    ];
  }

  stop(): void {
    this.#isStopped = true;
    this.#options.fetcher.stop();
  }

  vote(vote: Signed<Vote>): void {
    this.#say({ kind: "vote", vote });
  }

  proposal(proposal: ProvenProposal): void {
    this.#say({ kind: "proposal", proposal });
  }

  certificate(certificate: Certificate): void {
    this.#say({ kind: "certificate", certificate });
  }

  evidence(evidence: Evidence): void {
    this.#say({ kind: "evidence", evidence });
  }

  heartbeat(heartbeat: Signed<Heartbeat>): void {
    this.#say({ kind: "heartbeat", heartbeat });
  }

  requestCertificates(fromHeight: number): void {
    if (!this.#isStopped) this.#options.fetcher.demand(fromHeight);
  }

  async judge(_topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict> {
    const { guard, wire } = this.#options;
    const { codec, name, cost } = wire.topics.finality;
    if (this.#isStopped || !guard.spend(from, name, cost(message))) return "ignore";
    let said: FinalityMessage;
    try {
      said = codec.decode(message);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      guard.report(from, "malformed", { topic: name, code: error.code });
      return "reject";
    }
    const { content } = said;
    const id = idOf(content);
    const isKnown = this.#passed.has(id);
    if (!isKnown && !guard.spend(from, name, VERIFY_TOKENS[content.kind])) return "ignore";
    try {
      this.#receive(content);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      if (error.code === "VOTE_KNOWN" && isKnown) return this.#passAgain(id);
      if (error.consequence !== "penalise") return "ignore";
      guard.report(from, "invalidVote", { kind: content.kind, code: error.code });
      return "reject";
    }
    this.#passed.set(id, this.#options.clock.nowMs());
    guard.credit(from);
    return "accept";
  }

  #receive(content: FinalityContent): void {
    const { intake } = this.#options;
    switch (content.kind) {
      case "vote":
        intake.receiveVote(content.vote);
        break;
      case "proposal":
        intake.receiveProposal(content.proposal);
        break;
      case "certificate":
        intake.receiveCertificate(content.certificate);
        break;
      case "evidence":
        intake.receiveEvidence(content.evidence);
        break;
      case "heartbeat":
        intake.receiveHeartbeat(content.heartbeat);
    }
  }

  #say(content: FinalityContent): void {
    const { transport, wire, clock } = this.#options;
    if (this.#isStopped || this.#passAgain(idOf(content)) === "ignore") return;
    const { id, codec } = wire.topics.finality;
    const slot = Math.floor(clock.nowMs() / FINALITY_LIMITS.slotMs);
    transport.publish(id, codec.encode({ content, slot }));
  }

  #passAgain(id: Hash): GossipVerdict {
    const nowMs = this.#options.clock.nowMs();
    const lastMs = this.#passed.get(id);
    if (lastMs !== undefined && nowMs - lastMs < FINALITY_LIMITS.passAgainMs) return "ignore";
    this.#passed.set(id, nowMs);
    return "accept";
  }
}

function idOf(content: FinalityContent): Hash {
  return keccak256Hex(encodeContent(content));
}
