import type { Log } from "@trellis/base";
import type { PeerManager } from "../peers/index.ts";
import { requestErrors } from "../requests/errors.ts";
import type { Server } from "../requests/serve.ts";
import type { Sync } from "../sync/createSync.ts";
import type { TransportHandlers } from "../transport/Transport.ts";
import type { Relay } from "./parts.ts";

export interface HandlerParts {
  readonly manager: PeerManager;
  readonly sync: Sync;
  readonly relays: readonly Relay[];
  /** By protocol id. */
  readonly servers: ReadonlyMap<string, Server>;
  readonly log: Log;
}

/** What happens on the transport, and who hears of it. */
export function createHandlers({ manager, sync, relays, servers, log }: HandlerParts): TransportHandlers {
  const judges = new Map(relays.flatMap((relay) => relay.topics.map(({ id }) => [id, relay] as const)));
  let isAlone = false;
  return {
    refusal: (candidate) => manager.refusal(candidate),
    connected(connection) {
      if (!manager.connected(connection)) return;
      sync.connected(connection);
      if (isAlone) log.info("a peer is connected again", { peer: connection.peer });
      isAlone = false;
    },
    disconnected(peer) {
      manager.disconnected(peer);
      sync.disconnected(peer);
      for (const relay of relays) relay.disconnected?.(peer);
      if (sync.directory.connections().length > 0 || isAlone) return;
      isAlone = true;
      log.warn("the last peer is gone: this node hears of nothing", { peer });
    },
    async answer(peer, protocol, request) {
      const server = servers.get(protocol);
      if (server === undefined) throw requestErrors.PROTOCOL_UNKNOWN({ protocol });
      return server.answer(peer, request);
    },
    async judge(topic, message, from) {
      return (await judges.get(topic)?.judge(topic, message, from)) ?? "ignore";
    },
    spend: (peer, bucket, tokens) => manager.spend(peer, bucket, tokens),
    offended(peer, offence, facts) {
      // Who is not served has no tokens: what it had sent before it could know is not another offence.
      if (offence !== "flooding" || manager.isTrusted(peer)) manager.report(peer, offence, facts);
    },
    discovered: (peer, addresses) => manager.discovered(peer, addresses),
  };
}
