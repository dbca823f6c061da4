import { type Facts, isTrellisError, type Log } from "@trellis/base";
import { networkErrors } from "../errors.ts";
import type { PeerManager } from "../peers/index.ts";
import type { Relay } from "../relay/Relay.ts";
import type { Server } from "../requests/serve.ts";
import type { Sync } from "../sync/Sync.ts";
import type { TransportHandlers } from "../transport/Transport.ts";

interface HandlerPorts {
  readonly manager: PeerManager;
  readonly sync: Sync;
  readonly relays: readonly Relay[];
  readonly servers: ReadonlyMap<string, Server>;
  readonly log: Log;
  readonly isStopping: () => boolean;
}

export function createHandlers({
  manager,
  sync,
  relays,
  servers,
  log,
  isStopping,
}: HandlerPorts): TransportHandlers {
  const judges = new Map(relays.flatMap((relay) => relay.topics.map(({ id }) => [id, relay] as const)));
  let isAlone = false;
  /** Logs exceptions, which the transport discards. */
  const told = async <Result>(facts: Facts, action: () => Promise<Result>): Promise<Result> => {
    try {
      return await action();
    } catch (error) {
      if (!isTrellisError(error) || error.consequence === "fatal") {
        log.error("message.failed", { ...facts, error: error as Error });
      }
      throw error;
    }
  };
  return {
    refusal: (candidate) => manager.refusal(candidate),
    connected(connection) {
      if (!manager.connected(connection)) return;
      sync.connected(connection);
      if (isAlone) log.info("peers.recovered", { peer: connection.peer });
      isAlone = false;
    },
    disconnected(peer) {
      manager.disconnected(peer);
      sync.disconnected(peer);
      for (const relay of relays) relay.disconnected?.(peer);
      if (sync.handshakes.connections().length > 0 || isAlone || isStopping()) return;
      isAlone = true;
      log.warn("peers.lost", {
        peer,
        message: "The last peer is disconnected. The node receives no blocks.",
      });
    },
    async answer(peer, protocol, request) {
      const server = servers.get(protocol);
      if (server === undefined) throw networkErrors.PEER_REFUSED({ reason: "unknown protocol", protocol });
      // [SYNC-18]
      if (server.protocol.name !== "hello" && !sync.handshakes.isReady(peer)) {
        throw networkErrors.PEER_REFUSED({ reason: "no hello before the request", peer, protocol });
      }
      return told({ peer, protocol }, () => server.answer(peer, request));
    },
    async judge(topic, message, from) {
      const relay = judges.get(topic);
      if (relay === undefined) return "ignore";
      return told({ peer: from, topic }, () => relay.judge(topic, message, from));
    },
    spend: (peer, bucket, tokens) => manager.spend(peer, bucket, tokens),
    offended(peer, offence, facts) {
      // An untrusted peer has no tokens, so its last messages are not flooding.
      if (offence !== "flooding" || manager.isTrusted(peer)) manager.report(peer, offence, facts);
    },
    discovered: (peer, addresses) => manager.discovered(peer, addresses),
  };
}
