import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Hex } from "viem";
import { countText, toNumber } from "../../format/units.ts";
import type { ChainBlockJson } from "../../live/chainTypes.ts";
import { node, queries } from "../../live/node.ts";
import { AddressLink, Ago, BlockLink } from "../../ui/primitives.tsx";
import { Answered } from "../../ui/states.tsx";
import { type Column, Table } from "../../ui/Table.tsx";

interface RecentBlocksProps {
  readonly count: number;
  readonly isShort?: boolean;
}

export function RecentBlocks({ count, isShort = false }: RecentBlocksProps) {
  const navigate = useNavigate();
  const blocks = useQuery({
    queryKey: keyOf(count),
    queryFn: () => readNewest(count),
    placeholderData: keepPreviousData,
  });
  const columns: Column<ChainBlockJson>[] = [
    {
      name: "Number",
      width: "5.5rem",
      cell: ({ hash, number }) => <BlockLink hash={hash}>{countText(toNumber(number))}</BlockLink>,
    },
    { name: "Age", width: "4.5rem", cell: ({ timestamp }) => <Ago ms={toNumber(timestamp) * 1_000} /> },
    {
      name: "Mergeset",
      width: "4.5rem",
      isNumeric: true,
      isMinor: true,
      cell: ({ carriers }) => carriers.length,
    },
    {
      name: "Transactions",
      width: "6rem",
      isNumeric: true,
      cell: ({ transactions }) => transactions.length,
    },
  ];
  if (!isShort) {
    columns.push(
      {
        name: "Gas used",
        width: "8rem",
        isNumeric: true,
        isMinor: true,
        cell: ({ gasUsed }) => countText(toNumber(gasUsed)),
      },
      { name: "Hash", width: "13rem", isMinor: true, cell: ({ hash }) => <BlockLink hash={hash} /> },
      { name: "Miner", width: "1fr", isMinor: true, cell: ({ miner }) => <AddressLink address={miner} /> },
    );
  }
  return (
    <Answered query={blocks} what="Loading blocks">
      {(rows) => (
        <Table
          label="Newest chain blocks"
          columns={columns}
          rows={rows}
          keyOf={({ hash }) => hash}
          onOpen={({ hash }) => void navigate({ to: "/block/$id", params: { id: hash } })}
        />
      )}
    </Answered>
  );
}

async function readNewest(count: number): Promise<readonly ChainBlockJson[]> {
  const before = queries.getQueryData<readonly ChainBlockJson[]>(keyOf(count)) ?? [];
  const head = await node.request<ChainBlockJson>("trellis_getChainBlock", ["latest"]);
  const rows = [head];
  while (before.length > 0 && rows.length < count) {
    const { parentHash } = rows.at(-1)!;
    const at = before.findIndex(({ hash }) => hash === parentHash);
    if (at >= 0) rows.push(...before.slice(at, at + count - rows.length));
    const parent = at < 0 && parentHash !== null ? await blockAt(parentHash) : null;
    if (parent === null) break;
    rows.push(parent);
  }
  const top = toNumber(rows.at(-1)!.number);
  const missing = Math.min(count - rows.length, top);
  const rest = await Promise.all(
    Array.from({ length: missing }, (_, index) => blockAt(`0x${(top - 1 - index).toString(16)}`)),
  );
  return [...rows, ...rest.filter((block) => block !== null)];
}

function blockAt(at: Hex): Promise<ChainBlockJson | null> {
  return node.request<ChainBlockJson | null>("trellis_getChainBlock", [at]);
}

function keyOf(count: number): readonly unknown[] {
  return ["live", "recentBlocks", count];
}
