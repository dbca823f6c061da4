import "../../../chart/table.css";
import { MAP_SIDE, placeOf, type Subnet, subnetOf } from "./subnets.ts";

interface Counts {
  readonly subnet: Subnet;
  readonly peers: number;
  readonly bans: number;
}

const CELL = 22;
const BLOCKS = Array.from({ length: 256 }, (_, block) => block);

/** IPv4's /8 blocks on a Hilbert curve, on which neighbouring networks are close. Omits IPv6. */
export function SubnetMap({
  peers,
  bans,
}: {
  readonly peers: readonly string[];
  readonly bans: readonly string[];
}) {
  const counts = countsOf(peers, bans);
  const blocks = Map.groupBy(
    counts.filter(({ subnet }) => subnet.block !== undefined),
    ({ subnet }) => subnet.block!,
  );
  const most = Math.max(1, ...counts.map((count) => count.peers));
  return (
    <div className="subnets">
      <svg viewBox={`0 0 ${MAP_SIDE * CELL} ${MAP_SIDE * CELL}`} role="img" aria-label={summaryOf(counts)}>
        {BLOCKS.map((block) => (
          <Block key={block} block={block} counts={blocks.get(block) ?? []} most={most} />
        ))}
      </svg>
      {counts.length === 0 ? (
        <p className="soft">No connected or banned peers.</p>
      ) : (
        <SubnetTable counts={counts} />
      )}
    </div>
  );
}

function Block({
  block,
  counts,
  most,
}: {
  readonly block: number;
  readonly counts: readonly Counts[];
  readonly most: number;
}) {
  const [x, y] = placeOf(block);
  const here = counts.reduce((sum, { peers }) => sum + peers, 0);
  const isBanned = counts.some(({ bans }) => bans > 0);
  return (
    <g transform={`translate(${x * CELL} ${y * CELL})`}>
      <rect
        className={here > 0 ? "block held" : "block"}
        width={CELL - 2}
        height={CELL - 2}
        rx="3"
        fillOpacity={here > 0 ? 0.35 + (0.65 * Math.min(here, most)) / most : 1}
      />
      {isBanned && (
        <path className="banned" d={`M4 4 L${CELL - 6} ${CELL - 6} M${CELL - 6} 4 L4 ${CELL - 6}`} />
      )}
      {counts.length > 0 && (
        <title>
          {counts.map(({ subnet, peers, bans }) => `${subnet.name}: ${peers} peers, ${bans} bans`).join("\n")}
        </title>
      )}
    </g>
  );
}

function SubnetTable({ counts }: { readonly counts: readonly Counts[] }) {
  return (
    <table className="plain" aria-label="Peers and bans by subnet">
      <thead>
        <tr>
          <th scope="col">Subnet</th>
          <th scope="col" className="numeric">
            Peers
          </th>
          <th scope="col" className="numeric">
            Bans
          </th>
        </tr>
      </thead>
      <tbody>
        {counts.map(({ subnet, peers, bans }) => (
          <tr key={subnet.name}>
            <th scope="row">
              <code>{subnet.name}</code>
            </th>
            <td className="numeric">{peers}</td>
            <td className="numeric">{bans}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function countsOf(peers: readonly string[], bans: readonly string[]): readonly Counts[] {
  const counts = new Map<string, { subnet: Subnet; peers: number; bans: number }>();
  const add = (address: string, kind: "peers" | "bans"): void => {
    const subnet = subnetOf(address);
    if (subnet === undefined) return;
    const own = counts.get(subnet.name) ?? { subnet, peers: 0, bans: 0 };
    own[kind]++;
    counts.set(subnet.name, own);
  };
  for (const address of peers) add(address, "peers");
  for (const address of bans) add(address, "bans");
  return [...counts.values()].sort((a, b) => b.peers - a.peers || b.bans - a.bans);
}

function summaryOf(counts: readonly Counts[]): string {
  const peers = counts.reduce((sum, count) => sum + count.peers, 0);
  return `Map of the IPv4 address space: ${peers} peers in ${counts.filter((count) => count.peers > 0).length} subnets`;
}
