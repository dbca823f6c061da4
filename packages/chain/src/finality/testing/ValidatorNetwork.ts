import { isTrellisError, silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import {
  type Block,
  type Certificate,
  type Evidence,
  type Hash,
  type Heartbeat,
  type NetworkParameters,
  type ProvenProposal,
  type Signed,
  type Vote,
  voteDomainOf,
} from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { type Chain, createChain } from "../../chain/createChain.ts";
import { GENESIS_MS, minerAddress, type Name, recoverSenders } from "../../chain/testing/testNetwork.ts";
import { DEFAULT_MEMPOOL_LIMITS } from "../../mempool/index.ts";
import { codeAndReason } from "../../store/testing/codeAndReason.ts";
import { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { SigningWatermark, VoteLog } from "../slashingProtection/SigningWatermark.ts";
import { blsSecretOf, createRealEvm } from "./stakedNetwork.ts";

export type GossipMessage =
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal }
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "certificate"; readonly certificate: Certificate }
  | { readonly kind: "heartbeat"; readonly heartbeat: Signed<Heartbeat> }
  | { readonly kind: "evidence"; readonly evidence: Evidence };

const BLOCK_MS = 500;
const BLOCK_DELAY_MS = 40;
const MESSAGE_DELAY_MS = 20;
const ASK_DELAY_MS = 50;

export class ValidatorNode {
  readonly index: number;
  readonly name: Name | undefined;
  readonly store: KeyValueStore = createMemoryStore();
  readonly log: VoteLog;
  readonly refusals: string[] = [];
  readonly errors: string[] = [];
  chain!: Chain;
  isAway = false;
  readonly isArchive: boolean;

  constructor(index: number, name: Name | undefined, isArchive = false) {
    this.index = index;
    this.name = name;
    this.isArchive = isArchive;
    const stored: { record?: SigningWatermark | undefined } = {};
    this.log = {
      load: () => stored.record,
      save: async (record) => {
        stored.record = record;
      },
    };
  }

  async hear(message: GossipMessage): Promise<void> {
    const { finality } = this.chain;
    try {
      if (message.kind === "vote") {
        const [error] = await finality.receiveVotes([message.vote]);
        if (error !== undefined) throw error;
      } else if (message.kind === "proposal") finality.receiveProposal(message.proposal);
      else if (message.kind === "certificate") finality.receiveCertificate(message.certificate);
      else if (message.kind === "heartbeat") finality.receiveHeartbeat(message.heartbeat);
      else finality.receiveEvidence(message.evidence);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      this.refusals.push(codeAndReason(error));
    }
  }
}

export class ValidatorNetwork {
  readonly time: VirtualTime;
  readonly nodes: ValidatorNode[] = [];
  readonly mined: Block[] = [];
  readonly parameters: NetworkParameters;
  carry: (from: ValidatorNode, message: GossipMessage) => readonly GossipMessage[] = (_, message) => [
    message,
  ];
  #turn = 0;
  #isMining = true;
  readonly #working = new Set<Promise<unknown>>();

  constructor(parameters: NetworkParameters) {
    this.parameters = parameters;
    this.time = new VirtualTime(GENESIS_MS + 60_000, () => this.#settle());
  }

  static async open(
    parameters: NetworkParameters,
    names: readonly (Name | undefined)[],
  ): Promise<ValidatorNetwork> {
    const network = new ValidatorNetwork(parameters);
    for (const name of names) await network.add(name);
    network.#mine();
    return network;
  }

  async add(name: Name | undefined, isArchive = false): Promise<ValidatorNode> {
    const node = new ValidatorNode(this.nodes.length, name, isArchive);
    await this.begin(node);
    this.nodes.push(node);
    return node;
  }

  async begin(node: ValidatorNode): Promise<void> {
    const chain = await createChain(
      { parameters: this.parameters, shard: 0, isArchive: node.isArchive },
      { limits: DEFAULT_MEMPOOL_LIMITS },
      {
        store: node.store,
        evm: createRealEvm(),
        recoverSenders,
        verifySeal: async () => true,
        clock: this.time,
        log: {
          ...silentLog,
          error: (event, facts) => node.errors.push(`${event} ${String(facts?.error ?? "")}`),
          child() {
            return this;
          },
        },
        metrics: silentMetrics,
      },
    );
    node.chain = chain;
    const send = (message: GossipMessage): void => {
      if (node.chain === chain) this.#send(node, message);
    };
    chain.finality.start({
      scheduler: this.time,
      outbox: {
        vote: (vote) => send({ kind: "vote", vote }),
        proposal: (proposal) => send({ kind: "proposal", proposal }),
        certificate: (certificate) => send({ kind: "certificate", certificate }),
        heartbeat: (heartbeat) => send({ kind: "heartbeat", heartbeat }),
        evidence: (evidence) => send({ kind: "evidence", evidence }),
        requestCertificates: (height) => this.#catchUp(node, height),
      },
      signers:
        node.name === undefined
          ? []
          : [new ProtectedSigner(voteDomainOf(chain.view), blsSecretOf(node.name), node.log)],
    });
  }

  async fetchBlocks(node: ValidatorNode): Promise<void> {
    await node.chain.exchange.importBlocks(this.mined);
  }

  stopMining(): void {
    this.#isMining = false;
  }

  finalOf(node: ValidatorNode): { readonly height: number; readonly hash: Hash; readonly number: number } {
    return node.chain.finality.status().finalized;
  }

  get slowest(): number {
    const present = this.nodes.filter(({ isAway }) => !isAway);
    return Math.min(...present.map((node) => this.finalOf(node).height));
  }

  #mine(): void {
    this.time.after(BLOCK_MS, () => {
      if (!this.#isMining) return;
      const present = this.nodes.filter(({ isAway }) => !isAway);
      const node = present[this.#turn++ % present.length];
      if (node !== undefined) this.#do(this.#mineAt(node));
      this.#mine();
    });
  }

  async #mineAt(node: ValidatorNode): Promise<void> {
    const { builder, view } = node.chain;
    const request = { miner: minerAddress(node.index), stream: 0, extra: new Uint8Array(0) };
    const template = await builder.createTemplate(request);
    const hash = await builder.importSealed(template, BigInt(this.mined.length + 1));
    const block = view.block(hash)!;
    this.mined.push(block);
    for (const other of this.nodes) {
      if (other === node) continue;
      this.time.after(BLOCK_DELAY_MS, () => {
        if (!other.isAway && !node.isAway) this.#do(other.chain.exchange.importBlocks([block]));
      });
    }
  }

  #send(from: ValidatorNode, message: GossipMessage): void {
    for (const each of this.carry(from, message)) {
      for (const other of this.nodes) {
        if (other === from) continue;
        this.time.after(MESSAGE_DELAY_MS, () => {
          if (!other.isAway && !from.isAway) this.#do(other.hear(each));
        });
      }
    }
  }

  #catchUp(node: ValidatorNode, height: number): void {
    this.time.after(ASK_DELAY_MS, () => {
      if (node.isAway) return;
      const other = this.nodes.find((each) => each !== node && !each.isAway);
      for (const certificate of other?.chain.finality.certificatesFrom(height, 64) ?? []) {
        this.#do(node.hear({ kind: "certificate", certificate }));
      }
    });
  }

  #do(work: Promise<unknown>): void {
    this.#working.add(work);
    work.finally(() => this.#working.delete(work));
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await Promise.all([...this.#working, ...this.nodes.map(({ chain }) => chain.idle())]);
      for (let step = 0; step < 8; step++) await Promise.resolve();
    }
  }
}
