import type { TokenJson } from "../../live/chainTypes.ts";
import { AddressLink, Badge } from "../../ui/primitives.tsx";
import type { Column } from "../../ui/Table.tsx";
import { UntrustedText } from "../../ui/UntrustedText.tsx";

export const tokenColumns: readonly Column<TokenJson>[] = [
  { name: "Symbol", width: "8rem", cell: ({ symbol }) => <Word text={symbol} /> },
  {
    name: "Name",
    width: "1fr",
    isMinor: true,
    cell: ({ name }) => <Word text={name} />,
  },
  { name: "Standard", width: "6rem", isMinor: true, cell: ({ standard }) => <Badge>{standard}</Badge> },
  { name: "Contract", width: "1fr", cell: ({ address }) => <AddressLink address={address} /> },
];

const CHARACTERS_MAX = 40;

function Word({ text }: { readonly text: string | null }) {
  return text === null ? (
    <span className="soft">none</span>
  ) : (
    <UntrustedText text={text} charactersMax={CHARACTERS_MAX} />
  );
}
