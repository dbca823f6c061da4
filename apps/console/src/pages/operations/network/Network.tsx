import type { UseQueryResult } from "@tanstack/react-query";
import { isRefusal } from "../../../errors.ts";
import { timeText } from "../../../format/timeText.ts";
import { bytesText, countText } from "../../../format/units.ts";
import { useLiveRpc } from "../../../live/node.ts";
import { Ago, Badge, Card, Copy, Figure } from "../../../ui/primitives.tsx";
import { Answered, Empty } from "../../../ui/states.tsx";
import { type Column, Table } from "../../../ui/Table.tsx";
import { AsOf } from "../AsOf.tsx";
import { Confirm } from "../Confirm.tsx";
import { BanForm } from "./BanForm.tsx";
import { SubnetMap } from "./SubnetMap.tsx";
import { useNodeCall } from "./useNodeCall.ts";
import "../operations.css";

interface PeerJson {
  readonly id: string;
  readonly name: string;
  readonly network: {
    readonly remoteAddress: string;
    readonly inbound: boolean;
    readonly trusted: boolean;
  };
  readonly protocols: { readonly trellis: "handshake" | { readonly number: number } };
  readonly score: number;
  readonly connectedSince: string | null;
  readonly offences: readonly {
    readonly offence: string;
    readonly at: string | null;
    readonly points: number;
  }[];
  readonly traffic?: { readonly bytesIn: number; readonly bytesOut: number };
}

interface BanJson {
  readonly target: string;
  readonly kind: "peer" | "ip";
  readonly reason: string;
  readonly isByOperator: boolean;
  readonly since: string | null;
  readonly until: string | null;
}

export function Network() {
  const peers = useLiveRpc<readonly PeerJson[]>("admin_peers");
  const bans = useLiveRpc<readonly BanJson[]>("admin_bans");
  return (
    <>
      <h1>Network</h1>
      {isRefusal(peers.error) ? (
        <Empty title="The peer list is not available">
          The node returns its peers only to its operator. A single-node devnet has no peers. `trellis devnet
          --nodes 4` runs a network.
        </Empty>
      ) : (
        <Answered query={peers} what="Loading peers">
          {(known) => <Connected peers={known} peersQuery={peers} bans={bans} />}
        </Answered>
      )}
    </>
  );
}

function Connected({
  peers,
  peersQuery,
  bans,
}: {
  readonly peers: readonly PeerJson[];
  readonly peersQuery: UseQueryResult;
  readonly bans: UseQueryResult<readonly BanJson[]>;
}) {
  const inbound = peers.filter(({ network }) => network.inbound).length;
  const offended = peers.filter(({ offences }) => offences.length > 0).length;
  return (
    <>
      <dl className="figures">
        <Figure
          label="Peers"
          value={countText(peers.length)}
          note={`${inbound} inbound, ${peers.length - inbound} outbound`}
        />
        <Figure
          label="Peers with offences"
          value={countText(offended)}
          note="recent, among connected peers"
        />
        <Figure label="Active bans" value={bans.data === undefined ? "…" : countText(bans.data.length)} />
      </dl>
      <Card title="Peers" aside={<AsOf query={peersQuery} />}>
        {peers.length === 0 ? (
          <Empty title="No peers">The node looks for peers automatically.</Empty>
        ) : (
          <Table label="Peers" rows={peers} keyOf={({ id }) => id} columns={PEER_COLUMNS} />
        )}
      </Card>
      <Card title="Peers and bans by subnet" aside={<span>IPv4 by first byte; a cross marks a ban</span>}>
        <SubnetMap
          peers={peers.map(({ network }) => network.remoteAddress)}
          bans={(bans.data ?? []).flatMap(({ kind, target }) => (kind === "ip" ? [target] : []))}
        />
      </Card>
      <Card title="Bans" aside={<AsOf query={bans} />}>
        <Answered query={bans} what="Loading bans">
          {(rows) => <Bans bans={rows} />}
        </Answered>
        <BanForm />
      </Card>
    </>
  );
}

const PEER_COLUMNS: readonly Column<PeerJson>[] = [
  {
    name: "Peer",
    width: "1fr",
    cell: ({ id }) => (
      <span className="hex" title={id}>
        <code>…{id.slice(-14)}</code>
        <Copy text={id} label="peer ID" />
      </span>
    ),
  },
  {
    name: "Software",
    width: "8rem",
    isMinor: true,
    cell: ({ name }) => (name === "" ? "unknown" : name),
  },
  {
    name: "Address",
    width: "11rem",
    cell: ({ network }) => <code title={network.remoteAddress}>{placeText(network.remoteAddress)}</code>,
  },
  {
    name: "Direction",
    width: "7rem",
    isMinor: true,
    cell: ({ network }) => <Badge>{network.inbound ? "inbound" : "outbound"}</Badge>,
  },
  {
    name: "Head",
    width: "6rem",
    isNumeric: true,
    isMinor: true,
    cell: ({ protocols: { trellis } }) => (trellis === "handshake" ? "…" : countText(trellis.number)),
  },
  {
    name: "Received, sent",
    width: "12rem",
    isNumeric: true,
    isMinor: true,
    cell: ({ traffic }) =>
      traffic === undefined ? "–" : `${bytesText(traffic.bytesIn)}, ${bytesText(traffic.bytesOut)}`,
  },
  {
    name: "Connected",
    width: "7rem",
    isMinor: true,
    cell: ({ connectedSince }) => (connectedSince === null ? "–" : <Ago ms={Date.parse(connectedSince)} />),
  },
  { name: "Score", width: "4rem", isNumeric: true, cell: ({ score }) => String(Math.round(score)) },
  {
    name: "Offences",
    width: "9rem",
    isMinor: true,
    cell: ({ offences }) =>
      offences.length === 0 ? (
        <span className="soft">none</span>
      ) : (
        <span title={offences.map(({ offence, points }) => `${offence} (${points})`).join("\n")}>
          <Badge tone="warn">{offences.length}</Badge> {offences.at(-1)!.offence}
        </span>
      ),
  },
];

function Bans({ bans }: { readonly bans: readonly BanJson[] }) {
  const unban = useNodeCall();
  if (bans.length === 0) return <Empty title="No bans" />;
  return (
    <Table
      label="Bans"
      rows={bans}
      keyOf={({ target }) => target}
      columns={[
        {
          name: "Peer or IP address",
          width: "1fr",
          cell: ({ target }) => <code title={target}>{target}</code>,
        },
        { name: "Reason", width: "1fr", cell: ({ reason }) => <span title={reason}>{reason}</span> },
        {
          name: "Banned by",
          width: "6rem",
          isMinor: true,
          cell: ({ isByOperator }) => (isByOperator ? "operator" : "node"),
        },
        {
          name: "Until",
          width: "13rem",
          isMinor: true,
          cell: ({ until }) => (until === null ? "permanent" : timeText(new Date(until).getTime())),
        },
        {
          name: "Action",
          width: "6rem",
          cell: ({ target }) => (
            <Confirm
              label="Unban"
              title={`Unban ${target}?`}
              action="Unban"
              isSending={unban.isPending}
              error={unban.error}
              onConfirm={() => unban.mutateAsync({ method: "admin_unban", params: [target] })}
            >
              <p>The peer may reconnect immediately. Its score is reset.</p>
            </Confirm>
          ),
        },
      ]}
    />
  );
}

function placeText(address: string): string {
  const [, ip, port] = /^\/(?:ip[46]|dns[46]?)\/([^/]+)\/tcp\/(\d+)/.exec(address) ?? [];
  if (ip === undefined) return address;
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}
