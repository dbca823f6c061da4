import type {
  ConnectionGater,
  Connection as Libp2pConnection,
  MultiaddrConnection,
  PeerId,
} from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Log } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type { TransportHandlers } from "../transport/Transport.ts";
import { ipOf, peerOf } from "./addresses.ts";
import { ENCRYPTIONS } from "./guardDialling.ts";
import { guardNegotiation } from "./guardNegotiation.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import { passed } from "./passed.ts";

type Refusal = TransportHandlers["refusal"];

interface GaterPorts {
  readonly refusal: Refusal;
  readonly connections: (peer: PeerId) => readonly Libp2pConnection[];
  readonly log: Log;
}

/** [LINK-4] */
export class Gater implements ConnectionGater {
  readonly #ports: GaterPorts;
  readonly #pending = new Map<string, number>();
  readonly #wanted = new Set<string>();
  readonly #resting = new Set<string>();

  constructor(ports: GaterPorts) {
    this.#ports = ports;
  }

  denyDialMultiaddr = (address: Multiaddr): boolean => {
    const ip = ipOf(address);
    const peer = peerOf(address);
    if (peer !== undefined && !this.#isDue(peer)) return true;
    return ip !== undefined && this.#isRefused("outbound", ip, peer);
  };

  async dialling<Dialled>(address: Multiaddr, dial: () => Promise<Dialled>): Promise<Dialled> {
    const peer = peerOf(address);
    if (peer === undefined) return dial();
    this.#wanted.add(peer);
    try {
      return await dial();
    } finally {
      this.#wanted.delete(peer);
    }
  }

  /** Prevents the DHT from redialling a disconnected peer at once. */
  rest(peer: string): void {
    this.#resting.add(peer);
    void passed(LIBP2P_LIMITS.dialRestMs).then(() => this.#resting.delete(peer));
  }

  #isDue(peer: string): boolean {
    if (this.#wanted.has(peer)) return true;
    if (this.#resting.has(peer) || this.#resting.size >= LIBP2P_LIMITS.dialsRestingMax) return false;
    this.rest(peer);
    return true;
  }

  denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    const ip = ipOf(connection.remoteAddr);
    if (ip === undefined || this.#isRefused("inbound", ip)) return true;
    const pending = this.#pending.get(ip) ?? 0;
    if (pending >= LIBP2P_LIMITS.handshakesPerIpMax) return true;
    this.#pending.set(ip, pending + 1);
    connection.addEventListener("close", () => this.#settled(connection, ip), { once: true });
    guardNegotiation(connection, ENCRYPTIONS);
    return false;
  };

  denyInboundEncryptedConnection = (peer: PeerId, connection: MultiaddrConnection): boolean => {
    const ip = ipOf(connection.remoteAddr);
    if (ip === undefined) return true;
    this.#settled(connection, ip);
    // If a peer connects again, its older connection is dead. [LINK-6]
    for (const older of this.#ports.connections(peer)) {
      if (older.direction === "inbound")
        older.abort(
          networkErrors.CONNECTION_ENDED({ peer: peer.toString(), reason: "the peer has connected again" }),
        );
    }
    return this.#isRefused("inbound", ip, peer.toString());
  };

  denyOutboundEncryptedConnection = (peer: PeerId, connection: MultiaddrConnection): boolean =>
    this.#isRefused("outbound", ipOf(connection.remoteAddr) ?? "", peer.toString());

  readonly #counted = new WeakSet<MultiaddrConnection>();

  #settled(connection: MultiaddrConnection, ip: string): void {
    if (this.#counted.has(connection)) return;
    this.#counted.add(connection);
    const rest = (this.#pending.get(ip) ?? 1) - 1;
    if (rest > 0) this.#pending.set(ip, rest);
    else this.#pending.delete(ip);
  }

  #isRefused(direction: "inbound" | "outbound", ip: string, peer?: string): boolean {
    const { refusal, log } = this.#ports;
    const reason = refusal({ ip, direction, ...(peer === undefined ? {} : { peer }) });
    if (reason === undefined) return false;
    log.debug("connection.refused", { direction, ip, peer, reason });
    return true;
  }
}
