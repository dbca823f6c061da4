import type { Log, Metrics } from "@trellis/base";
import {
  type AnchoredRecord,
  type Chain,
  type ChainPorts,
  crossLinksAfter,
  evidenceReporter,
  finalAnchorsOf,
  localOutboxes,
  ReceivedOutboxes,
  type ShardTotals,
  SupplyAudit,
} from "@trellis/chain";
import { readShardRecord } from "@trellis/contracts";
import type { Network } from "@trellis/network";
import type { CrossLink, OutboxExchange, OutboxRange, OutboxRequest } from "@trellis/protocol";
import type { AnchorQuestion, SentAnchor, SentAnswer, SentVoters } from "./messages.ts";
import type { ShardHost } from "./ShardHost.ts";

interface HubOptions {
  /** Number of shards of the network. */
  readonly count: number;
  readonly queueMax: number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The node must not continue. */
  readonly onFault: (error: Error) => void;
}

type Host = Pick<ShardHost, "shard" | "peer">;
type FollowedChain = Pick<Chain, "view" | "finality" | "totals">;

/** Moves data between the chains of one node: shard 0's in this thread, and those of its hosts. */
export class ShardHub implements OutboxExchange {
  readonly #options: HubOptions;
  readonly #outboxes: ReceivedOutboxes;
  readonly #links = new Map<number, readonly CrossLink[]>();
  readonly #hosts = new Map<number, Host>();
  /** By source and destination. */
  readonly #fetching = new Set<string>();
  #chain: FollowedChain | undefined;
  readonly #anchors = finalAnchorsOf(() => this.#chain?.view);
  readonly #local;
  #network: Pick<Network, "requestOutbox"> | undefined;
  readonly #audit: SupplyAudit;
  #sent = { number: 0, epoch: -1 };
  /** What outdates templates besides shard 0's chain. */
  readonly #changes = new Set<() => void>();
  /** Newest records that the hosts know of. */
  readonly #expected = new Map<number, string>();

  constructor(options: HubOptions) {
    this.#options = options;
    const { queueMax, metrics } = options;
    this.#audit = new SupplyAudit(metrics);
    const want = (request: OutboxRequest): void => this.want(request);
    this.#outboxes = new ReceivedOutboxes({ destination: 0, queueMax, want });
    this.#local = localOutboxes((source) => (source === 0 ? this.#chain?.view : undefined), queueMax);
  }

  /** For shard 0's chain, which opens before the hosts. */
  get ports(): Pick<ChainPorts, "crossLinks" | "outboxes"> {
    return {
      outboxes: this.#outboxes,
      crossLinks: (record) => crossLinksAfter(record, this.#links.get(record.shard) ?? []),
    };
  }

  readonly reportEvidence = evidenceReporter(() => this.#chain?.finality);

  /** @returns a function that stops */
  follow(chain: FollowedChain): () => void {
    this.#chain = chain;
    this.audit(chain.totals());
    this.#sent = { number: chain.view.finalized().header.number, epoch: -1 };
    return chain.view.subscribe(({ kind }) => {
      if (kind === "finalized") {
        this.#sendAnchors();
        this.audit(chain.totals());
      } else if (kind === "added") this.#expectRecords();
    });
  }

  /** Shard 0's, which asks peers for messages of other shards. [SHARD-21] */
  connect(network: Pick<Network, "requestOutbox">): void {
    this.#network = network;
  }

  add(host: Host): void {
    this.#hosts.set(host.shard, host);
  }

  /** What a host opens with. */
  newest(): [SentAnchor, SentVoters] {
    const anchor = this.#anchors.newest()!;
    return [
      { anchor, state: this.#anchors.stateOf(anchor.hash)! },
      { epoch: anchor.epoch, voters: this.#anchors.votersOf(anchor.epoch)! },
    ];
  }

  answer(question: AnchorQuestion): SentAnswer["value"] {
    const anchors = this.#anchors;
    if ("epoch" in question) {
      const voters = anchors.votersOf(question.epoch);
      return voters && { epoch: question.epoch, voters };
    }
    const number = "number" in question ? question.number : this.#chain?.view.header(question.hash)?.number;
    const anchor = number === undefined ? undefined : anchors.at(number);
    const state = anchor && anchors.stateOf(anchor.hash);
    return anchor && state && { anchor, state };
  }

  keepCrossLinks(shard: number, links: readonly CrossLink[]): void {
    this.#links.set(shard, links);
    this.changed();
  }

  /** A cross-link, an anchor, or the head of another shard. */
  changed(): void {
    for (const change of this.#changes) change();
  }

  /** @returns a function that stops */
  readonly onChange = (change: () => void): (() => void) => {
    this.#changes.add(change);
    return () => this.#changes.delete(change);
  };

  /** [SHARD-17] */
  audit(totals: ShardTotals | undefined): void {
    try {
      if (totals !== undefined) this.#audit.take(totals);
    } catch (error) {
      this.#options.onFault(error as Error);
    }
  }

  /** Of a block that lacks messages. */
  want(request: OutboxRequest): void {
    const key = `${request.source} ${request.destination}`;
    if (this.#fetching.has(key)) return;
    this.#fetching.add(key);
    this.#fetch(request).then(
      () => this.#fetching.delete(key),
      (error: Error) => {
        this.#fetching.delete(key);
        this.#options.log.warn("outbox.unavailable", { ...request, error });
      },
    );
  }

  /** Undefined if the source is not followed, or no longer has them. [SHARD-20] */
  async rangeOf(request: OutboxRequest): Promise<OutboxRange | undefined> {
    if (request.source === 0) return this.#local.rangeOf(request);
    return this.#hosts.get(request.source)?.peer.ask("rangeOf", request);
  }

  /** @returns whether nothing is missing @throws MESSAGE_PROOF_INVALID */
  async take(request: OutboxRequest, range: OutboxRange): Promise<boolean> {
    if (request.destination === 0) return this.#outboxes.take(request, range);
    return (await this.#hosts.get(request.destination)?.peer.ask("take", request, range)) ?? true;
  }

  async #fetch(request: OutboxRequest): Promise<void> {
    const range = await this.rangeOf(request);
    // After a state sync, a followed source lacks earlier messages. [SHARD-23]
    if (range === undefined || !(await this.take(request, range))) this.#network?.requestOutbox(request);
  }

  #sendAnchors(): void {
    const { number: last } = this.#chain!.view.finalized().header;
    const moved: SentAnchor[] = [];
    for (let number = this.#sent.number + 1; number <= last; number++) {
      const anchor = this.#anchors.at(number);
      const state = anchor && this.#anchors.stateOf(anchor.hash);
      // Hosts ask for those that they need.
      if (anchor !== undefined && state !== undefined) moved.push({ anchor, state });
    }
    const newest = moved.at(-1);
    if (newest === undefined) return;
    const { epoch } = newest.anchor;
    const voters = epoch === this.#sent.epoch ? undefined : this.#anchors.votersOf(epoch);
    this.#sent = { number: newest.anchor.number, epoch };
    for (const host of this.#hosts.values()) host.peer.tell("anchors", moved, voters && { epoch, voters });
    this.changed();
    const [own] = newest.state.records;
    this.#expect(0, own!);
  }

  /** Of shard 0's newest state, so that messages arrive before their cross-link is final. */
  #expectRecords(): void {
    const { view } = this.#chain!;
    const state = view.stateAt(view.head().hash);
    for (let shard = 1; shard < this.#options.count; shard++)
      this.#expect(shard, readShardRecord(state, shard));
  }

  #expect(source: number, record: AnchoredRecord): void {
    if (this.#expected.get(source) === record.hash) return;
    this.#expected.set(source, record.hash);
    if (source !== 0) this.#outboxes.expect(source, record);
    for (const host of this.#hosts.values())
      if (host.shard !== source) host.peer.tell("expect", source, record);
  }
}
