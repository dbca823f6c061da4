import { isRefusal } from "../../errors.ts";
import { countText } from "../../format/units.ts";
import { useLiveRpc } from "../../live/node.ts";
import { Badge, Card } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";

interface PeerJson {
  readonly id: string;
  readonly name: string | null;
  readonly network: { readonly remoteAddress: string; readonly inbound: boolean };
  readonly score?: number;
}

export function Peers() {
  const peers = useLiveRpc<readonly PeerJson[]>("admin_peers");
  return (
    <>
      <h1>Peers</h1>
      <Card title="Connected peers">
        {isRefusal(peers.error) ? (
          <Empty title="The peer list is not available">
            The node returns its peers only to its operator.
          </Empty>
        ) : (
          <Answered query={peers} what="Loading peers">
            {(rows) =>
              rows.length === 0 ? (
                <Empty title="No peers">
                  A single-node devnet has no peers. `trellis devnet --nodes 4` runs a network.
                </Empty>
              ) : (
                <Table
                  label="Peers"
                  rows={rows}
                  keyOf={({ id }) => id}
                  columns={[
                    { name: "Peer", width: "1fr", cell: ({ id }) => <code>{id.slice(0, 16)}…</code> },
                    { name: "Software", width: "1fr", isMinor: true, cell: ({ name }) => name ?? "unknown" },
                    { name: "Address", width: "1fr", cell: ({ network }) => network.remoteAddress },
                    {
                      name: "Direction",
                      width: "7rem",
                      cell: ({ network }) => <Badge>{network.inbound ? "inbound" : "outbound"}</Badge>,
                    },
                    {
                      name: "Score",
                      width: "5rem",
                      isNumeric: true,
                      cell: ({ score }) => countText(Math.round(score ?? 0)),
                    },
                  ]}
                />
              )
            }
          </Answered>
        )}
      </Card>
    </>
  );
}
