import { isTrellisError, type Timer } from "@trellis/base";
import type { Certificate, FinalityIntake } from "@trellis/protocol";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { shuffled } from "../ports/randomNumber.ts";
import type { PeerRequests } from "../requests/PeerRequests.ts";
import type { PeerId } from "../transport/Transport.ts";
import { FINALITY_LIMITS } from "./limits.ts";

interface CertificateFetcherOptions {
  readonly requests: Pick<PeerRequests, "certificates">;
  readonly guard: PeerGuard;
  readonly intake: Pick<FinalityIntake, "receiveCertificate">;
  readonly peers: () => readonly PeerId[];
}

/** "ahead": the height cannot be verified yet. */
type Outcome = "new" | "nothing" | "offence" | "ahead";

/** [NET-26] */
export class CertificateFetcher {
  readonly #options: CertificateFetcherOptions;
  readonly #ports: NetworkPorts;
  #wanted: number | undefined;
  #isAsking = false;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: CertificateFetcherOptions, ports: NetworkPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  demand(fromHeight: number): void {
    this.#wanted = fromHeight;
    if (!this.#isAsking && this.#timer === undefined) void this.#ask();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #ask(): Promise<void> {
    const from = this.#wanted;
    if (from === undefined || this.#isStopped) return;
    this.#wanted = undefined;
    this.#isAsking = true;
    const { peers, guard } = this.#options;
    const asked = shuffled(this.#ports.random, peers()).filter((peer) => guard.isTrusted(peer));
    for (const peer of asked.slice(0, FINALITY_LIMITS.askedPeersMax)) {
      const outcome = await this.#askPeer(peer, from);
      if (this.#isStopped) return;
      if (outcome === "new" || outcome === "ahead") break;
    }
    this.#isAsking = false;
    this.#timer = this.#ports.scheduler.after(FINALITY_LIMITS.askMs, () => {
      this.#timer = undefined;
      void this.#ask();
    });
  }

  async #askPeer(peer: PeerId, fromHeight: number): Promise<Outcome> {
    const { certificatesPerRequest, pagesMax } = FINALITY_LIMITS;
    let outcome: Outcome = "nothing";
    let from = fromHeight;
    for (let page = 0; page < pagesMax && !this.#isStopped; page++) {
      const certificates = await this.#options.requests.certificates(peer, from, certificatesPerRequest);
      if (certificates === undefined || certificates.length === 0) return outcome;
      const next = this.#receive(peer, certificates);
      if (next === "new") this.#options.guard.credit(peer);
      if (next !== "new") return outcome === "new" ? outcome : next;
      outcome = next;
      from = certificates.at(-1)!.height + 1;
      if (certificates.length < certificatesPerRequest) return outcome;
    }
    return outcome;
  }

  #receive(peer: PeerId, certificates: readonly Certificate[]): Outcome {
    let outcome: Outcome = "nothing";
    for (const certificate of certificates) {
      try {
        this.#options.intake.receiveCertificate(certificate);
        outcome = "new";
      } catch (error) {
        if (!isTrellisError(error)) throw error;
        if (error.consequence === "penalise") {
          const { height } = certificate;
          this.#options.guard.report(peer, "invalidVote", {
            request: "certificates",
            height,
            code: error.code,
          });
          return "offence";
        }
        if (error.code === "VOTE_HEIGHT_AHEAD") return outcome === "new" ? "new" : "ahead";
      }
    }
    return outcome;
  }
}
