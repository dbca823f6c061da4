import type { FinalityIntake } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { PeerRequests } from "../requests/PeerRequests.ts";
import type { PeerId, Transport } from "../transport/Transport.ts";
import type { Wire } from "../wire/index.ts";
import { CertificateFetcher } from "./CertificateFetcher.ts";
import { VoteRelay } from "./VoteRelay.ts";

interface VoteRelayPorts extends NetworkPorts {
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish" | "request">;
  readonly guard: PeerGuard;
  readonly intake: FinalityIntake;
  readonly peers: () => readonly PeerId[];
}

export function createVoteRelay(ports: VoteRelayPorts): VoteRelay {
  const requests = new PeerRequests(ports);
  const fetcher = new CertificateFetcher({ ...ports, requests }, ports);
  return new VoteRelay({ ...ports, fetcher });
}
