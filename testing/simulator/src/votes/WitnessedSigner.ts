import { ProtectedSigner, type SigningPosition, type VoteLog } from "@trellis/chain";
import type { VoteDomain } from "@trellis/protocol";

type SigningWitness = (position: SigningPosition) => void;

export class WitnessedSigner extends ProtectedSigner {
  readonly #signed: SigningWitness;

  constructor(
    domain: VoteDomain,
    secret: Uint8Array,
    log: VoteLog,
    { isByEpoch, signed }: { readonly isByEpoch: boolean; readonly signed: SigningWitness },
  ) {
    super(domain, secret, log, isByEpoch);
    this.#signed = signed;
  }

  override async signVote(...[vote, bound]: Parameters<ProtectedSigner["signVote"]>) {
    const signed = await super.signVote(vote, bound);
    this.#signed(vote);
    return signed;
  }

  override async signProposal(...[proposal, bound]: Parameters<ProtectedSigner["signProposal"]>) {
    const signed = await super.signProposal(proposal, bound);
    this.#signed({ ...proposal, step: "propose" });
    return signed;
  }
}

export class RecklessSigner extends WitnessedSigner {
  override isElsewhere(): boolean {
    return false;
  }
}
