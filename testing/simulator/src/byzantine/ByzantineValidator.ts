import { bytesToHex } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import { blsSign } from "@trellis/crypto";
import type { FinalityContent, Wire } from "@trellis/network";
import {
  type Certificate,
  type Evidence,
  type FinalityIntake,
  type FinalityOutbox,
  type Hash,
  type Heartbeat,
  type Proposal,
  type ProvenProposal,
  proposalSignedBytes,
  type Signed,
  type ValidatorIndex,
  type Vote,
  type VoteBundle,
  type VoteDomain,
  voteDomainOf,
  voteSignedBytes,
} from "@trellis/protocol";
import type { Fault } from "../faults/faults.ts";
import type { SimTransport } from "../internet/SimTransport.ts";
import type { RandomStream } from "../world/RandomStream.ts";

const HEARD_MAX = 200;
const REPLAY_COUNT = 4;
/** Gossip drops duplicates within half-second slots. */
const SLOT_MS = 500;

interface VoteLiarOptions {
  readonly wire: Wire;
  readonly kinds: ReadonlySet<Fault>;
  readonly secret: Uint8Array;
  readonly rng: RandomStream;
  readonly equivocated: (vote: Vote) => void;
}

interface HonestNode {
  readonly chain: Chain | undefined;
  readonly transport: SimTransport | undefined;
}

/** Wraps an honest node, so that messages are timely. */
export class ByzantineValidator {
  readonly #options: VoteLiarOptions;
  readonly #rng: RandomStream;
  readonly #heard: FinalityContent[] = [];
  readonly #doubled = new Map<string, Signed<Vote>>();
  #node: HonestNode | undefined;
  #domain: VoteDomain | undefined;
  #honest: FinalityOutbox | undefined;
  #isHonest = false;
  #silentHeight = -1;
  #lastHeight = -1;

  constructor(options: VoteLiarOptions) {
    this.#options = options;
    this.#rng = options.rng;
  }

  end(): void {
    this.#isHonest = true;
  }

  outbox(node: HonestNode, honest: FinalityOutbox): FinalityOutbox {
    this.#node = node;
    this.#domain = voteDomainOf(node.chain!.view);
    this.#honest = honest;
    return {
      vote: (vote) => this.#vote(vote),
      proposal: (proposal) => this.#proposal(proposal),
      certificate: (certificate) => honest.certificate(certificate),
      evidence: (evidence) => honest.evidence(evidence),
      heartbeat: (heartbeat) => honest.heartbeat(heartbeat),
      requestCertificates: (height) => honest.requestCertificates(height),
    };
  }

  intake(honest: FinalityIntake): FinalityIntake {
    return {
      receiveVotes: (votes) => {
        this.#remember({ kind: "votes", votes });
        return honest.receiveVotes(votes);
      },
      receiveProposal: (proposal) => {
        this.#remember({ kind: "proposal", proposal });
        honest.receiveProposal(proposal);
      },
      receiveCertificate: (certificate) => {
        this.#remember({ kind: "certificate", certificate });
        honest.receiveCertificate(certificate);
      },
      receiveEvidence: (evidence) => {
        this.#remember({ kind: "evidence", evidence });
        honest.receiveEvidence(evidence);
      },
      receiveHeartbeat: (heartbeat) => {
        this.#remember({ kind: "heartbeat", heartbeat });
        honest.receiveHeartbeat(heartbeat);
      },
      receiveFinal: (number) => honest.receiveFinal(number),
      certificatesFrom: (height, countMax) => honest.certificatesFrom(height, countMax),
    };
  }

  replay(): void {
    if (this.#isHonest || this.#domain === undefined) return;
    for (let count = 0; count < REPLAY_COUNT; count++) this.#replayOne();
  }

  #replayOne(): void {
    const rng = this.#rng;
    const heard = this.#heard.length === 0 ? undefined : rng.pick(this.#heard);
    if (heard === undefined || rng.chance(0.3)) this.#broadcast(this.#ofNowhere());
    // Least likely, because forgery leads to a ban.
    else if (rng.chance(0.4)) this.#broadcast(this.#forge(this.#worthForging(heard)));
    else this.#broadcast(heard);
  }

  proposeOutOfTurn(): void {
    const vote = this.#status();
    if (this.#isHonest || vote === undefined || !this.#rng.chance(0.2)) return;
    const { epoch, self, height, round } = vote;
    this.#broadcast(
      this.#proposed({
        epoch,
        height,
        round: round + this.#rng.below(3),
        validator: self,
        validRound: -1,
        value: this.#badValue(),
      }),
    );
  }

  #status() {
    const status = this.#node?.chain?.finality.status();
    if (status?.vote === undefined || status.self === undefined) return undefined;
    return { epoch: status.epoch, self: status.self, ...status.vote };
  }

  #isOwn({ validator }: { readonly validator: ValidatorIndex }): boolean {
    return this.#node?.chain?.finality.status().self === validator;
  }

  #vote(vote: Signed<Vote>): void {
    const { kinds } = this.#options;
    const rng = this.#rng;
    if (this.#isHonest || !this.#isOwn(vote.message)) {
      this.#honest!.vote(vote);
      return;
    }
    if (kinds.has("silentvote") && this.#isSilentAt(vote.message.height)) return;
    const name = nameOf(vote.message);
    if (kinds.has("doublevote") && (this.#doubled.has(name) || rng.chance(0.6))) {
      this.#voteTwice(vote, name);
    } else if (kinds.has("splitvote") && rng.chance(0.6)) this.#tellSome({ kind: "votes", votes: [vote] });
    else this.#honest!.vote(vote);
  }

  #isSilentAt(height: number): boolean {
    if (height !== this.#lastHeight) {
      this.#lastHeight = height;
      if (this.#rng.chance(0.5)) this.#silentHeight = height;
    }
    return this.#silentHeight === height;
  }

  /** Each peer receives one of two votes, also when votes are repeated. */
  #voteTwice(vote: Signed<Vote>, name: string): void {
    const { secret, equivocated } = this.#options;
    const { message } = vote;
    let other = this.#doubled.get(name);
    if (other === undefined) {
      const value = message.value === undefined || this.#rng.chance(0.5) ? this.#badValue() : undefined;
      if (value === message.value) {
        this.#honest!.vote(vote);
        return;
      }
      const signature = blsSign(voteSignedBytes(this.#domain!, message, value), secret);
      other = { message: { ...message, value }, signature };
      this.#doubled.set(name, other);
      equivocated(message);
    }
    const peers = this.#peers();
    for (const [at, peer] of peers.entries()) {
      const told = (at + message.height) % 2 === 0 ? vote : other;
      this.#whisper(peer, { kind: "votes", votes: [told] });
    }
  }

  #proposal(proposal: ProvenProposal): void {
    const { kinds } = this.#options;
    const rng = this.#rng;
    if (this.#isHonest || !kinds.has("badproposal") || !rng.chance(0.7) || !this.#isOwn(proposal.message)) {
      this.#honest!.proposal(proposal);
      return;
    }
    if (rng.chance(0.2)) return;
    if (rng.chance(0.5)) {
      this.#broadcast(this.#proposed({ ...proposal.message, validRound: -1, value: this.#badValue() }));
      return;
    }
    const other = this.#proposed({ ...proposal.message, validRound: -1, value: this.#badValue() });
    for (const [at, peer] of this.#peers().entries()) {
      this.#whisper(peer, at % 2 === 0 ? { kind: "proposal", proposal } : other);
    }
  }

  #proposed(message: Proposal): FinalityContent {
    const { secret } = this.#options;
    const signature = blsSign(proposalSignedBytes(this.#domain!, message), secret);
    return { kind: "proposal", proposal: { message, signature, proof: undefined } };
  }

  #badValue(): Hash {
    const rng = this.#rng;
    const view = this.#node?.chain?.view;
    if (view === undefined) return this.#invented();
    switch (rng.below(4)) {
      case 0:
        return this.#invented();
      case 1:
        return view.finalized().hash;
      case 2:
        return view.head().hash;
      default: {
        const number = Math.max(view.oldestNumber(), view.head().header.number - rng.below(12));
        const block = view.blockByNumber(number);
        return block?.header.parents.at(-1) ?? this.#invented();
      }
    }
  }

  #ofNowhere(): FinalityContent {
    const rng = this.#rng;
    const { secret } = this.#options;
    const vote = this.#status() ?? { epoch: 0, self: 0, height: 1, round: 0 };
    const ballot = {
      epoch: vote.epoch + rng.pick([0, 0, 0, 1, 1_000]),
      height: Math.max(1, vote.height + rng.pick([0, 0, 1, 1, 2, 50, -1, -3])),
      round: vote.round + rng.pick([0, 1, 3, 6, 500]),
      step: rng.pick(["prevote", "precommit"] as const),
    };
    const value = rng.chance(0.3) ? undefined : this.#badValue();
    const signature = blsSign(voteSignedBytes(this.#domain!, ballot, value), secret);
    const validator = rng.chance(0.1) ? 900 : vote.self;
    return { kind: "votes", votes: [{ message: { ...ballot, value, validator }, signature }] };
  }

  /** Prefers certificates: a forged one is most harmful. */
  #worthForging(heard: FinalityContent): FinalityContent {
    const certificates = this.#heard.filter(({ kind }) => kind === "certificate");
    return certificates.length > 0 && this.#rng.chance(0.5) ? this.#rng.pick(certificates) : heard;
  }

  #forge(heard: FinalityContent): FinalityContent {
    switch (heard.kind) {
      case "votes":
        return this.#forgedVotes(heard.votes);
      case "proposal": {
        const { message } = heard.proposal;
        return {
          kind: "proposal",
          proposal: { ...heard.proposal, message: { ...message, value: this.#badValue() } },
        };
      }
      case "certificate":
        return { kind: "certificate", certificate: this.forgedCertificate(heard.certificate) };
      case "evidence":
        return { kind: "evidence", evidence: this.#falseEvidence(heard.evidence) };
      case "heartbeat":
        return { kind: "heartbeat", heartbeat: this.#falseHeartbeat(heard.heartbeat) };
    }
  }

  /** Hides a forged vote among genuine ones, or pretends that its validator equivocated. */
  #forgedVotes(votes: VoteBundle): FinalityContent {
    const { secret } = this.#options;
    const vote = this.#rng.pick(votes);
    if (this.#rng.chance(0.5)) {
      const signature = blsSign(voteSignedBytes(this.#domain!, vote.message, this.#invented()), secret);
      return {
        kind: "votes",
        votes: votes.map((each) => (each === vote ? { ...each, signature } : each)),
      };
    }
    const message = { ...vote.message, value: this.#badValue() };
    const forged = {
      message,
      signature: blsSign(voteSignedBytes(this.#domain!, message, message.value), secret),
    };
    if (this.#rng.chance(0.5)) return { kind: "votes", votes: [forged] };
    return { kind: "evidence", evidence: { first: vote, second: this.#rng.chance(0.5) ? forged : vote } };
  }

  forgedCertificate(certificate: Certificate): Certificate {
    const rng = this.#rng;
    switch (rng.below(5)) {
      case 0:
        return { ...certificate, value: this.#badValue(), height: certificate.height + rng.below(3) };
      case 1:
        return { ...certificate, height: certificate.height + 1 + rng.below(3) };
      case 2: {
        const signers = certificate.signers.slice();
        signers[0]! ^= 1 << rng.below(8);
        return { ...certificate, signers, height: certificate.height + rng.below(2) };
      }
      case 3:
        return { ...certificate, step: "prevote" };
      default:
        return { ...certificate, signers: new Uint8Array(certificate.signers.length + 1).fill(0xff) };
    }
  }

  #falseEvidence({ first, second }: Evidence): Evidence {
    if (this.#rng.chance(0.5)) return { first, second: first };
    return { first, second: { ...second, message: { ...second.message, value: this.#invented() } } };
  }

  #falseHeartbeat({ message, signature }: Signed<Heartbeat>): Signed<Heartbeat> {
    const { slot, height } = message;
    const at = this.#rng.chance(0.5) ? { slot: slot + 1 } : { height: height + this.#rng.below(3) };
    return { message: { ...message, ...at }, signature };
  }

  #remember(content: FinalityContent): void {
    if (this.#heard.length < HEARD_MAX) this.#heard.push(content);
    else this.#heard[this.#rng.below(HEARD_MAX)] = content;
  }

  #peers(): readonly string[] {
    return this.#node?.transport?.peers ?? [];
  }

  #broadcast(content: FinalityContent): void {
    for (const peer of this.#peers()) this.#whisper(peer, content);
  }

  #tellSome(content: FinalityContent): void {
    for (const peer of this.#peers()) if (this.#rng.chance(0.5)) this.#whisper(peer, content);
  }

  #whisper(peer: string, content: FinalityContent): void {
    const transport = this.#node?.transport;
    if (transport === undefined) return;
    const { id, codec } = this.#options.wire.topics.finality;
    const slot = Math.floor(transport.time.nowMs() / SLOT_MS);
    transport.whisper(peer, id, codec.encode({ content, slot }));
  }

  #invented(): Hash {
    return bytesToHex(this.#rng.bytes(32));
  }
}

function nameOf({ epoch, height, round, step }: Vote): string {
  return `${epoch} ${height} ${round} ${step}`;
}
