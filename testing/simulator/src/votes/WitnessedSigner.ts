import { ProtectedSigner, type SigningPosition, type VoteKey, type VoteLog } from "@trellis/chain";
import type { VoteDomain } from "@trellis/protocol";

type SigningWitness = (position: SigningPosition) => void;

export class WitnessedSigner extends ProtectedSigner {
  readonly #signed: SigningWitness;

  constructor(
    domain: VoteDomain,
    key: VoteKey,
    log: VoteLog,
    { isByEpoch, signed }: { readonly isByEpoch: boolean; readonly signed: SigningWitness },
  ) {
    super(domain, key, log, isByEpoch);
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
