import type { BanView, ChainView, NodeView, OffenceView, PeerView } from "@trellis/protocol";

const CAPABILITY = "trellis/1";

/** geth's PeerInfo with more fields; `enode` is a multiaddr. [RPC-21] */
export function encodePeer(peer: PeerView): object {
  const { id, agent, address, direction, isStatic, isTrusted, score, offences, sink, traffic } = peer;
  return {
    id,
    name: agent ?? "",
    enode: address,
    caps: [CAPABILITY],
    network: {
      remoteAddress: address,
      inbound: direction === "inbound",
      trusted: isTrusted,
      static: isStatic,
    },
    protocols: {
      trellis:
        sink === undefined
          ? "handshake"
          : { version: 1, head: sink.hash, number: sink.number, blueWork: sink.blueWork.toString() },
    },
    score: Math.round(score * 100) / 100,
    connectedSince: time(peer.connectedSinceMs),
    offences: offences.map(encodeOffence),
    ...(traffic === undefined ? {} : { traffic }),
  };
}

/** geth's NodeInfo. */
export function encodeNode(
  chain: Pick<ChainView, "parameters" | "genesisHash" | "head">,
  node: NodeView = { id: "", agent: "", addresses: [] },
): object {
  const [address = ""] = node.addresses;
  const { ip = "", port = 0 } = partsOf(address);
  const head = chain.head();
  return {
    id: node.id,
    name: node.agent,
    enode: address,
    addresses: node.addresses,
    ip,
    ports: { discovery: port, listener: port },
    listenAddr: address,
    protocols: {
      trellis: {
        network: Number(chain.parameters.chainId),
        genesis: chain.genesisHash,
        head: head.hash,
        number: head.header.number,
        blueWork: head.header.blueWork.toString(),
      },
    },
  };
}

export function encodeBan({ target, kind, reason, sinceMs, untilMs, isByOperator }: BanView): object {
  return { target, kind, reason, isByOperator, since: time(sinceMs), until: time(untilMs) };
}

function encodeOffence({ offence, atMs, points, facts }: OffenceView): object {
  const shown = Object.entries(facts).map(([name, fact]) => [
    name,
    typeof fact === "bigint" ? `${fact}` : fact,
  ]);
  return { offence, at: time(atMs), points, facts: Object.fromEntries(shown) };
}

const DATE_MS_MAX = 8.64e15;

/** ISO 8601; null for permanent bans, whose end exceeds ECMAScript's last date. */
function time(ms: number): string | null {
  return ms <= DATE_MS_MAX ? new Date(ms).toISOString() : null;
}

function partsOf(address: string): { readonly ip?: string; readonly port?: number } {
  const found = /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(address);
  return found === null ? {} : { ip: found[1]!, port: Number(found[2]) };
}
