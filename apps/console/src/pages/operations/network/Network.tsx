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
        <Empty title="This node does not tell who its peers are">
          It answers its operator only; a lone devnet has no peers at all. `trellis devnet --nodes 4` runs a
          network.
        </Empty>
      ) : (
        <Answered query={peers} what="Asking the node">
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
          note={`${inbound} called, ${peers.length - inbound} were called`}
        />
        <Figure label="With offences" value={countText(offended)} note="recently, of those connected" />
        <Figure label="Bans in force" value={bans.data === undefined ? "…" : countText(bans.data.length)} />
      </dl>
      <Card title="Peers" aside={<AsOf query={peersQuery} />}>
        {peers.length === 0 ? (
          <Empty title="No peers">The node looks for some by itself.</Empty>
        ) : (
          <Table label="Peers" rows={peers} keyOf={({ id }) => id} columns={PEER_COLUMNS} />
        )}
      </Card>
      <Card title="Where they are" aside={<span>IPv4 by first byte; a cross is a ban</span>}>
        <SubnetMap
          peers={peers.map(({ network }) => network.remoteAddress)}
          bans={(bans.data ?? []).flatMap(({ kind, target }) => (kind === "ip" ? [target] : []))}
        />
      </Card>
      <Card title="Bans" aside={<AsOf query={bans} />}>
        <Answered query={bans} what="Reading bans">
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
        <Copy text={id} label="peer id" />
      </span>
    ),
  },
  {
    name: "Software",
    width: "8rem",
    isMinor: true,
    cell: ({ name }) => (name === "" ? "not said" : name),
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
    name: "In, out",
    width: "12rem",
    isNumeric: true,
    isMinor: true,
    cell: ({ traffic }) =>
      traffic === undefined ? "–" : `${bytesText(traffic.bytesIn)}, ${bytesText(traffic.bytesOut)}`,
  },
  {
    name: "Since",
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
  if (bans.length === 0) return <Empty title="Nobody is banned" />;
  return (
    <Table
      label="Bans"
      rows={bans}
      keyOf={({ target }) => target}
      columns={[
        { name: "Who", width: "1fr", cell: ({ target }) => <code title={target}>{target}</code> },
        { name: "Why", width: "1fr", cell: ({ reason }) => <span title={reason}>{reason}</span> },
        {
          name: "By",
          width: "6rem",
          isMinor: true,
          cell: ({ isByOperator }) => (isByOperator ? "operator" : "the node"),
        },
        {
          name: "Until",
          width: "13rem",
          isMinor: true,
          cell: ({ until }) => (until === null ? "for good" : timeText(new Date(until).getTime())),
        },
        {
          name: "Action",
          width: "6rem",
          cell: ({ target }) => (
            <Confirm
              label="Unban"
              title={`Let ${target} in again?`}
              action="Unban"
              isSending={unban.isPending}
              error={unban.error}
              onConfirm={() => unban.mutateAsync({ method: "admin_unban", params: [target] })}
            >
              <p>It may connect at once. Its score begins again.</p>
            </Confirm>
          ),
        },
      ]}
    />
  );
}

/** `/ip4/127.0.0.1/tcp/60218/p2p/…` → `127.0.0.1:60218` */
function placeText(address: string): string {
  const [, ip, port] = /^\/(?:ip[46]|dns[46]?)\/([^/]+)\/tcp\/(\d+)/.exec(address) ?? [];
  if (ip === undefined) return address;
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}
