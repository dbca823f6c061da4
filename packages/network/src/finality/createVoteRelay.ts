import type { FinalityIntake } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { PeerRequests } from "../requests/PeerRequests.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import type { Wire } from "../wire/index.ts";
import { CertificateFetcher } from "./CertificateFetcher.ts";
import { VoteRelay } from "./VoteRelay.ts";

interface VoteRelayPorts {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish" | "request">;
  readonly guard: PeerGuard;
  readonly intake: FinalityIntake;
  /** Ready peers. */
  readonly peers: () => readonly PeerId[];
}

export function createVoteRelay(parts: VoteRelayPorts, ports: NetworkPorts): VoteRelay {
  const requests = new PeerRequests({ ...parts, clock: ports.clock });
  const fetcher = new CertificateFetcher({ ...parts, requests }, ports);
  return new VoteRelay({ ...parts, fetcher, clock: ports.clock });
}
