import type { Chain, SigningPosition } from "@trellis/chain";
import { punishableOf, readActiveSet, readEpoch } from "@trellis/contracts";
import {
  bitsToSigners,
  type Certificate,
  type Hash,
  type StateReader,
  type Vote,
  voteDomainOf,
  voteSignedBytes,
} from "@trellis/protocol";
import type { Checks } from "../checks/Checks.ts";
import type { SimNode } from "../node/SimNode.ts";
import { sharedVoteSignatures } from "../node/sharedWork.ts";
import type { Voting } from "./chooseVoting.ts";
import { validatorKeys } from "./validators.ts";

const PAGE = 64;
/** Rounds with a double vote after which the validator must be punished. */
const LYING_ROUNDS = 2;

interface Lie {
  readonly liar: number;
  readonly round: string;
  /** Votes that each node received since its last restart. */
  readonly heard: Map<number, Set<Hash | undefined>>;
  isOut: boolean;
}

export class VoteChecks {
  readonly #voting: Voting;
  readonly #checks: Checks;
  readonly #signed = new Map<string, Hash | undefined>();
  readonly #certificates = new Map<string, Hash>();
  readonly #surveyed = new WeakMap<Chain, number>();
  readonly #lies = new Map<string, Lie>();

  readonly #isByEpoch: boolean;

  /** @param isByEpoch in shard n > 0, where a later set can vote on the same height again [SHARD-16.1] */
  constructor(voting: Voting, checks: Checks, isByEpoch = false) {
    this.#voting = voting;
    this.#checks = checks;
    this.#isByEpoch = isByEpoch;
  }

  #placeOf({ epoch = 0, height }: { readonly epoch?: number | undefined; readonly height: number }): string {
    return this.#isByEpoch ? `${epoch} ${height}` : `${height}`;
  }

  signed(node: SimNode, position: SigningPosition): void {
    const { height, round, step, value } = position;
    const name = `${node.index} ${this.#placeOf(position)} ${round} ${step}`;
    if (this.#signed.has(name) && this.#signed.get(name) !== value) {
      const before = this.#signed.get(name);
      this.#checks.fail("an honest validator contradicts itself", node.index, {
        height,
        round,
        step,
        value,
        before,
      });
    }
    this.#signed.set(name, value);
  }

  equivocated(node: SimNode, vote: Vote): void {
    const round = `${vote.height} ${vote.round}`;
    this.#lies.set(ballotOf(vote), { liar: node.index, round, heard: new Map(), isOut: false });
  }

  /**
   * Nodes relay counted votes, so nodes with the other vote receive both: unless there are only two, and the link
   * between them loses it. Ignores decided heights.
   */
  heard(node: SimNode, vote: Vote): void {
    const lie = this.#lies.get(ballotOf(vote));
    if (lie === undefined) return;
    const known = lie.heard.get(node.index) ?? new Set();
    lie.heard.set(node.index, known.add(vote.value));
    const all = new Set([...lie.heard.values()].flatMap((values) => [...values]));
    if (known.size > 1 || (lie.heard.size > 2 && all.size > 1)) lie.isOut = true;
  }

  begins(node: SimNode): void {
    for (const { heard } of this.#lies.values()) heard.delete(node.index);
  }

  certified(node: SimNode, certificate: Certificate): void {
    const { height, value } = certificate;
    const place = this.#placeOf(certificate);
    const known = this.#certificates.get(place);
    this.#certificates.set(place, known ?? value);
    if (known === undefined || known === value || this.#voting.isOverThird) return;
    this.#checks.fail("two certificates of one height", node.index, { height, value, before: known });
  }

  heightOf(nodes: readonly SimNode[]): number {
    return Math.max(...nodes.map(({ chain }) => (chain === undefined ? 0 : heightOf(chain))));
  }

  missing(nodes: readonly SimNode[], height: number): string | undefined {
    const late = this.#voting.isOverThird
      ? undefined
      : nodes.find(({ chain }) => chain === undefined || heightOf(chain) < height);
    return late === undefined
      ? this.unpunished(nodes)
      : `node ${late.index} is at checkpoint ${late.chain && heightOf(late.chain)}, not ${height}`;
  }

  difference(nodes: readonly SimNode[]): string | undefined {
    const heights = nodes.map(({ chain }) => heightOf(chain!));
    return Math.max(...heights) - Math.min(...heights) > 1
      ? `nodes are at the checkpoints ${heights.join(", ")}`
      : undefined;
  }

  survey(nodes: readonly SimNode[]): void {
    for (const node of nodes) {
      const { chain } = node;
      if (chain === undefined || chain.failure() !== undefined || chain.states.currentImport() !== undefined)
        continue;
      this.#surveyCertificates(node, chain);
      for (const index of this.tombstoned(chain)) {
        if (index < nodes.length)
          this.#checks.fail("an honest validator is punished as a liar", node.index, { index });
      }
    }
  }

  tombstoned({ view }: Chain): number[] {
    const state = view.stateAt(view.head().hash);
    return this.#voting.stakes.flatMap((wei, node) => (wei > 0n && isTombstoned(state, node) ? [node] : []));
  }

  unpunished(nodes: readonly SimNode[]): string | undefined {
    const rounds = new Map<number, Set<string>>();
    for (const { liar, round, isOut } of this.#lies.values()) {
      if (isOut) rounds.set(liar, (rounds.get(liar) ?? new Set()).add(round));
    }
    for (const [liar, { size }] of rounds) {
      if (size < LYING_ROUNDS) continue;
      const missing = nodes.find(
        ({ chain }) => chain === undefined || !this.tombstoned(chain).includes(liar),
      );
      if (missing !== undefined)
        return `node ${missing.index} has not punished validator ${liar}, who lied in ${size} rounds`;
    }
    return undefined;
  }

  #surveyCertificates(node: SimNode, chain: Chain): void {
    const from = this.#surveyed.get(chain) ?? 1;
    const certificates = chain.finality.certificatesFrom(from, PAGE);
    for (const certificate of certificates) {
      const isNew = !this.#certificates.has(this.#placeOf(certificate));
      this.certified(node, certificate);
      if (isNew || !this.#surveyed.has(chain)) this.#verify(node, chain, certificate);
    }
    this.#surveyed.set(chain, (certificates.at(-1)?.height ?? from - 1) + 1);
  }

  /** Reads the validator set from the state, because a node's memory may be wrong. */
  #verify(node: SimNode, { view }: Chain, certificate: Certificate): void {
    const { epoch, height, value, signers, signature } = certificate;
    const { members, totalPower } = readActiveSet(view.stateAt(view.head().hash), epoch);
    if (members.length === 0) return;
    const named = bitsToSigners(signers).map((index) => members[index]);
    const power = named.reduce((sum, member) => sum + (member?.power ?? 0n), 0n);
    const isQuorum = 3n * power > 2n * totalPower && certificate.step === "precommit";
    const keys = named.flatMap((member) => (member === undefined ? [] : [member.key]));
    const bytes = voteSignedBytes(voteDomainOf(view), certificate, value);
    const isSigned =
      keys.length === named.length && sharedVoteSignatures.verifyAggregate(bytes, signature, keys);
    if (!isQuorum || !isSigned) {
      this.#checks.fail("a certificate does not hold", node.index, { epoch, height, value, power, isSigned });
    }
  }
}

function ballotOf({ epoch, height, round, step, validator }: Vote): string {
  return [epoch, height, round, step, validator].join(" ");
}

function heightOf({ finality }: Chain): number {
  return finality.status().finalized.height;
}

function isTombstoned(state: StateReader, node: number): boolean {
  const { epoch } = readEpoch(state);
  return punishableOf(state, [{ validator: validatorKeys(node).address, epoch }]).length === 0;
}
