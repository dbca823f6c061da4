import { type Clock, isTrellisError, LruMap, type Scheduler } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  type Certificate,
  type Evidence,
  encodeVote,
  type FinalityIntake,
  type FinalityOutbox,
  type Hash,
  type Heartbeat,
  type ProvenProposal,
  type Signed,
  type Vote,
  type VoteBundle,
} from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { Relay } from "../relay/Relay.ts";
import { type Server, serve } from "../requests/serve.ts";
import type { GossipReach, GossipVerdict, PeerId, Transport } from "../transport/Transport.ts";
import { encodeContent, type FinalityContent, type FinalityMessage, type Wire } from "../wire/index.ts";
import type { CertificateFetcher } from "./CertificateFetcher.ts";
import { FINALITY_LIMITS, VERIFY_TOKENS } from "./limits.ts";
import { VoteBundles } from "./VoteBundles.ts";

interface VoteRelayOptions {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish">;
  readonly guard: PeerGuard;
  readonly intake: FinalityIntake;
  readonly fetcher: CertificateFetcher;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

interface Passed {
  readonly atMs: number;
  readonly slot: number;
}

/** Slot of a message that its validator sends for the first time. */
const FIRST_SLOT = 0;

/** Also relays repeated messages, for peers that were disconnected. [NET-23] [NET-24] */
export class VoteRelay implements Relay, FinalityOutbox {
  readonly servers: readonly Server[];
  readonly topics: Relay["topics"];
  readonly #options: VoteRelayOptions;
  readonly #passed = new LruMap<Hash, Passed>(FINALITY_LIMITS.passedMax);
  readonly #bundles: VoteBundles;
  #isStopped = false;

  constructor(options: VoteRelayOptions) {
    this.#options = options;
    const { wire, guard, intake, scheduler } = options;
    this.topics = [wire.topics.finality];
    this.servers = [
      serve(guard, wire.protocols.certificates, (_peer, { fromHeight, countMax }) => ({
        certificates: intake.certificatesFrom(fromHeight, countMax),
      })),
    ];
    this.#bundles = new VoteBundles({
      scheduler,
      publish: (votes, slot) => this.#publish({ kind: "votes", votes }, slot, "mesh"),
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#bundles.stop();
    this.#options.fetcher.stop();
  }

  vote(vote: Signed<Vote>): void {
    const id = idOfVote(vote);
    const slot = this.#passed.has(id) ? this.#slot : FIRST_SLOT;
    if (this.#isStopped || !this.#passAgain(id, slot)) return;
    this.#publish({ kind: "votes", votes: [vote] }, slot, "peers");
  }

  proposal(proposal: ProvenProposal): void {
    this.#say({ kind: "proposal", proposal });
  }

  /** To the mesh only, because most nodes publish the same certificate at once. */
  certificate(certificate: Certificate): void {
    this.#say({ kind: "certificate", certificate }, "mesh");
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
    const { content, slot } = said;
    return content.kind === "votes"
      ? this.#judgeVotes(content.votes, Math.min(slot, this.#slot + 1), from)
      : this.#judgeOther(content, slot, from);
  }

  /** Gossip itself never forwards votes: this node forwards the new ones in its own bundles. */
  async #judgeVotes(votes: VoteBundle, slot: number, from: PeerId): Promise<GossipVerdict> {
    const { guard, wire, intake } = this.#options;
    const { name } = wire.topics.finality;
    const fresh = votes
      .map((vote) => ({ vote, id: idOfVote(vote) }))
      .filter(({ id }) => slot > (this.#passed.get(id)?.slot ?? -1));
    const unseen = fresh.filter(({ id }) => !this.#passed.has(id)).length;
    const tokens = VERIFY_TOKENS.votes + VERIFY_TOKENS.signature * unseen;
    if (fresh.length === 0 || (unseen > 0 && !guard.spend(from, name, Math.ceil(tokens)))) return "ignore";
    const outcomes = await intake.receiveVotes(fresh.map(({ vote }) => vote));
    let isNew = false;
    for (const [at, { vote, id }] of fresh.entries()) {
      const error = outcomes[at];
      const isRepeated = error?.code === "VOTE_KNOWN" && this.#passed.has(id) && this.#passAgain(id, slot);
      if (error === undefined) {
        isNew = true;
        this.#passed.set(id, { atMs: this.#options.clock.nowMs(), slot });
      }
      if (!this.#isStopped && (error === undefined || isRepeated)) this.#bundles.add(vote, slot);
    }
    const offence = outcomes.find((error) => error?.consequence === "penalise");
    if (offence !== undefined) {
      guard.report(from, "invalidVote", { kind: "votes", code: offence.code });
      return "reject";
    }
    if (isNew) guard.credit(from);
    return "ignore";
  }

  #judgeOther(content: OtherContent, slot: number, from: PeerId): GossipVerdict {
    const { guard, wire, clock } = this.#options;
    const { name } = wire.topics.finality;
    const id = idOf(content);
    const isKnown = this.#passed.has(id);
    if (!isKnown && !guard.spend(from, name, VERIFY_TOKENS[content.kind])) return "ignore";
    try {
      this.#receive(content);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      if (error.code === "VOTE_KNOWN" && isKnown) return this.#passAgain(id, slot) ? "accept" : "ignore";
      if (error.consequence !== "penalise") return "ignore";
      guard.report(from, "invalidVote", { kind: content.kind, code: error.code });
      return "reject";
    }
    this.#passed.set(id, { atMs: clock.nowMs(), slot });
    guard.credit(from);
    return "accept";
  }

  #receive(content: OtherContent): void {
    const { intake } = this.#options;
    switch (content.kind) {
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

  #say(content: OtherContent, to: GossipReach = "peers"): void {
    const slot = this.#slot;
    if (!this.#isStopped && this.#passAgain(idOf(content), slot)) this.#publish(content, slot, to);
  }

  #publish(content: FinalityContent, slot: number, to: GossipReach): void {
    const { transport, wire } = this.#options;
    const { id, codec } = wire.topics.finality;
    transport.publish(id, codec.encode({ content, slot }), to);
  }

  /** @returns false if the message has just been sent or forwarded */
  #passAgain(id: Hash, slot: number): boolean {
    const atMs = this.#options.clock.nowMs();
    const last = this.#passed.get(id);
    if (last !== undefined && atMs - last.atMs < FINALITY_LIMITS.passAgainMs) return false;
    this.#passed.set(id, { atMs, slot });
    return true;
  }

  get #slot(): number {
    return Math.floor(this.#options.clock.nowMs() / FINALITY_LIMITS.slotMs);
  }
}

type OtherContent = Exclude<FinalityContent, { readonly kind: "votes" }>;

function idOf(content: OtherContent): Hash {
  return keccak256Hex(encodeContent(content));
}

function idOfVote(vote: Signed<Vote>): Hash {
  return keccak256Hex(encodeVote(vote));
}
