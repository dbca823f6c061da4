import type {
  BanView,
  NetworkControl,
  NetworkView,
  NodeView,
  PeerView,
  SyncProgress,
} from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";

const ADDRESS = "/ip4/192.0.2.1/tcp/30303/p2p/peer-0";

export class FakeNetwork implements NetworkView, NetworkControl {
  progress: SyncProgress | undefined;
  listed: PeerView[] = [0, 1, 2].map(fakePeer);
  readonly asked: unknown[][] = [];
  readonly #syncListeners = new Set<(progress: SyncProgress | undefined) => void>();
  readonly #bans = new Map<string, BanView>();

  peers(): readonly PeerView[] {
    return this.listed;
  }

  nodeInfo(): NodeView {
    return { id: "self", agent: "Trellis/9", addresses: ["/ip4/198.51.100.7/tcp/30303/p2p/self"] };
  }

  isListening(): boolean {
    return true;
  }

  syncing(): SyncProgress | undefined {
    return this.progress;
  }

  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void {
    this.#syncListeners.add(listener);
    return () => this.#syncListeners.delete(listener);
  }

  get syncListenerCount(): number {
    return this.#syncListeners.size;
  }

  publishSync(progress: SyncProgress | undefined): void {
    this.progress = progress;
    for (const listener of this.#syncListeners) listener(progress);
  }

  async addPeer(address: string): Promise<void> {
    if (!address.startsWith("/")) throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "not an address" });
    this.asked.push(["addPeer", address]);
  }

  removePeer(target: string): boolean {
    this.asked.push(["removePeer", target]);
    return this.listed.some(({ id, address }) => id === target || address === target);
  }

  async ban(target: string, reason: string, durationMs?: number): Promise<void> {
    this.asked.push(["ban", target, reason, durationMs]);
    this.#bans.set(target, {
      target,
      kind: "peer",
      reason,
      sinceMs: 0,
      isByOperator: true,
      untilMs: durationMs ?? Number.MAX_SAFE_INTEGER,
    });
  }

  async unban(target: string): Promise<boolean> {
    return this.#bans.delete(target);
  }

  bans(): readonly BanView[] {
    return [...this.#bans.values()];
  }
}

function fakePeer(index: number): PeerView {
  return {
    id: `peer-${index}`,
    agent: index === 0 ? "Trellis/9" : undefined,
    address: ADDRESS,
    direction: index === 0 ? "outbound" : "inbound",
    isStatic: index === 0,
    isTrusted: true,
    score: -12.345,
    connectedSinceMs: 1_000,
    offences: [{ offence: "falseClaim", atMs: 2_000, points: 20, facts: { block: "0xab", work: 2n } }],
    ...(index === 0 ? { sink: { hash: "0xabcd", number: 7, blueWork: 2n ** 70n } } : {}),
  };
}
