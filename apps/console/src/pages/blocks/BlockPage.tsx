import { useParams } from "@tanstack/react-router";
import type { Hex } from "viem";
import { countText, gweiText, toNumber } from "../../format/units.ts";
import type { BlockJson, ChainBlockJson, StreamJson } from "../../live/chainTypes.ts";
import type { DagBlockJson } from "../../live/DagBlock.ts";
import { useLiveRpc, useRpc } from "../../live/node.ts";
import {
  AddressLink,
  Ago,
  Badge,
  BlockLink,
  Card,
  Fact,
  Facts,
  HexText,
  TransactionLink,
} from "../../ui/primitives.tsx";
import { Answered, Empty, Loading, NoPage } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";

interface WholeDagBlock extends DagBlockJson {
  readonly children: readonly Hex[];
  readonly blues: readonly Hex[];
  readonly reds: readonly Hex[];
  readonly mergedBy: Hex | null;
  readonly isDisqualified: boolean;
  readonly bodyRoot: Hex;
  readonly stateRoot: Hex;
  readonly finalized: Hex;
  readonly blueWork: Hex;
}

const HASH = /^0x[0-9a-fA-F]{64}$/;
const NUMBER_MAX = 2n ** 53n;

export function BlockPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  if (HASH.test(id)) return <BlockOfHash hash={id as Hex} />;
  if (/^\d+$/.test(id) && BigInt(id) < NUMBER_MAX) return <BlockOfNumber number={id} />;
  return <NoPage title="Invalid block ID">A block ID is a block hash or a chain block number.</NoPage>;
}

function BlockOfNumber({ number }: { readonly number: string }) {
  const block = useLiveRpc<ChainBlockJson | null>("trellis_getChainBlock", [
    `0x${BigInt(number).toString(16)}`,
  ]);
  return (
    <Answered query={block} what="Loading block">
      {(found) =>
        found === null ? (
          <NoPage title={`Chain block ${countText(BigInt(number))} not found`} />
        ) : (
          <BlockOfHash hash={found.hash} />
        )
      }
    </Answered>
  );
}

function BlockOfHash({ hash }: { readonly hash: Hex }) {
  const block = useLiveRpc<WholeDagBlock | null>("trellis_getDagBlock", [hash]);
  return (
    <Answered query={block} what="Loading block">
      {(found) =>
        found === null ? (
          <NoPage title="Block not found">The block may be pruned, or belong to another network.</NoPage>
        ) : (
          <Block block={found} />
        )
      }
    </Answered>
  );
}

function Block({ block }: { readonly block: WholeDagBlock }) {
  const streams = useRpc<readonly StreamJson[]>("trellis_getStreams");
  const tone = block.isChainBlock
    ? "good"
    : block.color === "blue"
      ? "info"
      : block.color === "red"
        ? "bad"
        : "plain";
  return (
    <>
      <h1>
        {block.isChainBlock ? `Chain block ${countText(toNumber(block.number))}` : "Block"}{" "}
        <Badge tone={tone}>{block.isChainBlock ? "selected chain" : (block.color ?? "not merged yet")}</Badge>
        {block.isDisqualified && <Badge tone="bad">disqualified: invalid roots</Badge>}
      </h1>
      <Card title="Header and GHOSTDAG data">
        <Facts>
          <Fact name="Hash">
            <HexText hex={block.hash} label="block hash" isWhole />
          </Fact>
          <Fact name="Mined">
            <Ago ms={toNumber(block.timestampMs)} /> by <AddressLink address={block.miner} />
          </Fact>
          <Fact name="Stream">{streams.data?.[block.stream]?.name ?? block.stream}</Fact>
          <Fact name="Blue score">{countText(toNumber(block.blueScore))}</Fact>
          <Fact name="Blue work">{countText(BigInt(block.blueWork))} hashes</Fact>
          <Fact name="Merged by">
            {block.mergedBy === null ? "not merged yet" : <BlockLink hash={block.mergedBy} />}
          </Fact>
          <Hashes name="Parents" note="selected parent first" hashes={block.parents} />
          <Hashes name="Children" hashes={block.children} />
          <Hashes name="Mergeset, blue" hashes={block.blues} />
          <Hashes name="Mergeset, red" hashes={block.reds} />
          <Fact name="State root">
            <HexText hex={block.stateRoot} label="state root" />
          </Fact>
          <Fact name="Finalized checkpoint">
            <BlockLink hash={block.finalized} />
          </Fact>
        </Facts>
      </Card>
      {block.isChainBlock ? <Executed hash={block.hash} /> : <Carried block={block} />}
    </>
  );
}

function Hashes({
  name,
  note,
  hashes,
}: {
  readonly name: string;
  readonly note?: string;
  readonly hashes: readonly Hex[];
}) {
  return (
    <Fact name={`${name} (${hashes.length})`}>
      {hashes.length === 0 ? (
        <span className="soft">none</span>
      ) : (
        hashes.map((hash) => <BlockLink key={hash} hash={hash} />)
      )}
      {note !== undefined && hashes.length > 1 && <small className="soft"> {note}</small>}
    </Fact>
  );
}

function Executed({ hash }: { readonly hash: Hex }) {
  const executed = useLiveRpc<BlockJson | null>("eth_getBlockByHash", [hash, true]);
  const chain = useLiveRpc<ChainBlockJson | null>("trellis_getChainBlock", [hash]);
  if (executed.data === undefined || executed.data === null) return <Loading what="Loading execution" />;
  const { data } = executed;
  const carriers = new Map(chain.data?.transactions.map(({ hash: of, carrier }) => [of, carrier]));
  return (
    <>
      <Card title="Execution">
        <Facts>
          <Fact name="Gas used">
            {countText(toNumber(data.gasUsed))} of {countText(toNumber(data.gasLimit))}
          </Fact>
          <Fact name="Base fee">{gweiText(BigInt(data.baseFeePerGas))}</Fact>
          <Fact name="Size">{countText(toNumber(data.size))} bytes</Fact>
        </Facts>
      </Card>
      <Card title={`Accepted transactions (${data.transactions.length})`}>
        {data.transactions.length === 0 ? (
          <Empty title="No accepted transactions" />
        ) : (
          <Table
            label="Accepted transactions"
            rows={data.transactions}
            keyOf={(transaction) => transaction.hash}
            columns={[
              { name: "Transaction", width: "1fr", cell: (row) => <TransactionLink hash={row.hash} /> },
              { name: "From", width: "1fr", cell: ({ from }) => <AddressLink address={from} /> },
              { name: "To", width: "1fr", cell: ({ to }) => <AddressLink address={to} /> },
              {
                name: "Included in",
                width: "1fr",
                isMinor: true,
                cell: (row) => <BlockLink hash={carriers.get(row.hash) ?? hash} />,
              },
            ]}
          />
        )}
      </Card>
      {(chain.data?.skipped.length ?? 0) > 0 && (
        <Card title={`Skipped transactions (${chain.data!.skipped.length})`}>
          <Table
            label="Skipped transactions"
            rows={chain.data!.skipped}
            keyOf={(row) => `${row.hash}${row.carrier}`}
            columns={[
              { name: "Transaction", width: "1fr", cell: (row) => <TransactionLink hash={row.hash} /> },
              {
                name: "Reason",
                width: "1fr",
                cell: ({ reason }) => reason.toLowerCase().replaceAll("_", " "),
              },
            ]}
          />
        </Card>
      )}
    </>
  );
}

function Carried({ block }: { readonly block: WholeDagBlock }) {
  const hashes = block.transactions ?? [];
  return (
    <Card title={`Transactions (${hashes.length})`}>
      {hashes.length === 0 ? (
        <Empty title="No transactions" />
      ) : (
        hashes.map((hash) => <TransactionLink key={hash} hash={hash} />)
      )}
    </Card>
  );
}
