import type { LedgerEntry } from "@trellis/client/reserves";
import { countText } from "../../../format/units.ts";
import { Badge } from "../../../ui/primitives.tsx";
import { Amount } from "../ui/Amount.tsx";
import { TimeText } from "../ui/TimeText.tsx";

export const ENTRY_COLUMNS = [
  {
    name: "Position",
    width: "4.5rem",
    isNumeric: true,
    cell: ({ position }: LedgerEntry) => countText(BigInt(position)),
  },
  { name: "Type", width: "7rem", isMinor: true, cell: ({ kind }: LedgerEntry) => <Badge>{kind}</Badge> },
  {
    name: "Amount",
    width: "1fr",
    isNumeric: true,
    cell: ({ asset, amount }: LedgerEntry) => <Amount asset={asset} amount={amount} isSigned />,
  },
  {
    name: "Balance after",
    width: "1fr",
    isNumeric: true,
    isMinor: true,
    cell: ({ asset, balance }: LedgerEntry) => <Amount asset={asset} amount={balance} />,
  },
  {
    name: "Reference",
    width: "1fr",
    isMinor: true,
    cell: ({ reference }: LedgerEntry) => <span title={reference}>{reference}</span>,
  },
  {
    name: "Time",
    width: "12rem",
    isMinor: true,
    cell: ({ happenedAtMs }: LedgerEntry) => <TimeText ms={happenedAtMs} />,
  },
] as const;
