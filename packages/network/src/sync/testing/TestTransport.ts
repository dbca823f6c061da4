import type {
  PeerId,
  RequestOptions,
  Transport,
  TransportHandlers,
  TransportProtocol,
} from "../../transport/Transport.ts";
import { syncErrors } from "../errors.ts";
import type { VirtualTime } from "./VirtualTime.ts";

/** Answers instead of the node: undefined lets the node answer, "never" stalls. */
export type Override = (
  from: PeerId,
  protocol: string,
  request: Uint8Array,
  answer: () => Promise<Uint8Array>,
) => Promise<Uint8Array | "never">;

/** All connections take the same time; nothing is lost. */
export class TestInternet {
  readonly time: VirtualTime;
  readonly latencyMs: number;
  readonly transports = new Map<PeerId, TestTransport>();

  constructor(time: VirtualTime, latencyMs = 10) {
    this.time = time;
    this.latencyMs = latencyMs;
  }

  transport(self: PeerId): TestTransport {
    return new TestTransport(this, self);
  }
}

export class TestTransport implements Transport {
  readonly self: PeerId;
  readonly #internet: TestInternet;
  readonly #peers = new Set<PeerId>();
  #handlers: TransportHandlers | undefined;
  /** How this node misbehaves. */
  override: Override | undefined;
  /** Requests that it answered, by protocol. */
  readonly answered = new Map<string, number>();
  bytesSent = 0;

  constructor(internet: TestInternet, self: PeerId) {
    this.#internet = internet;
    this.self = self;
  }

  get peers(): readonly PeerId[] {
    return [...this.#peers];
  }

  addresses(): readonly string[] {
    return [`test/${this.self}`];
  }

  async start(handlers: TransportHandlers, _protocols: readonly TransportProtocol[]): Promise<void> {
    this.#handlers = handlers;
    this.#internet.transports.set(this.self, this);
  }

  async stop(): Promise<void> {
    for (const peer of this.peers) this.disconnect(peer);
    this.#internet.transports.delete(this.self);
  }

  async dial(address: string): Promise<PeerId> {
    const peer = address.replace("test/", "");
    await this.#internet.time.wait(2 * this.#internet.latencyMs);
    const other = this.#internet.transports.get(peer);
    const candidate = { ip: "10.0.0.1", direction: "inbound" as const, peer: this.self };
    if (other === undefined || peer === this.self || other.#handlers!.refusal(candidate) !== undefined) {
      throw syncErrors.NETWORK_STOPPED({ address });
    }
    if (this.#peers.has(peer)) return peer;
    this.#open(peer, "outbound");
    other.#open(this.self, "inbound");
    return peer;
  }

  #open(peer: PeerId, direction: "inbound" | "outbound"): void {
    this.#peers.add(peer);
    this.#handlers!.connected({ peer, direction, address: `test/${peer}`, ip: "10.0.0.1" });
  }

  disconnect(peer: PeerId): void {
    this.#close(peer);
    const other = this.#internet.transports.get(peer);
    if (other !== undefined) other.#close(this.self);
  }

  #close(peer: PeerId): void {
    if (this.#peers.delete(peer)) this.#handlers!.disconnected(peer);
  }

  async request(
    peer: PeerId,
    protocol: string,
    request: Uint8Array,
    { timeoutMs }: RequestOptions,
  ): Promise<Uint8Array> {
    const { time, latencyMs, transports } = this.#internet;
    const late = time.wait(timeoutMs).then(() => undefined);
    const answer = (async () => {
      await time.wait(latencyMs);
      const other = transports.get(peer);
      if (other === undefined || !this.#peers.has(peer)) return undefined;
      const bytes = await other.#answer(this.self, protocol, request).catch(() => undefined);
      await time.wait(latencyMs);
      return this.#peers.has(peer) ? bytes : undefined;
    })();
    const bytes = await Promise.race([answer, late]);
    if (bytes === undefined) throw syncErrors.NETWORK_STOPPED({ peer, protocol });
    return bytes;
  }

  async #answer(from: PeerId, protocol: string, request: Uint8Array): Promise<Uint8Array> {
    this.answered.set(protocol, (this.answered.get(protocol) ?? 0) + 1);
    const own = () => this.#handlers!.answer(from, protocol, request);
    const bytes =
      this.override === undefined ? await own() : await this.override(from, protocol, request, own);
    if (bytes === "never") return new Promise(() => {});
    this.bytesSent += bytes.length;
    return bytes;
  }

  publish(): void {}
}
