import { expect, it, vi } from "vitest";

vi.hoisted(() => {
  const content = JSON.stringify({ parts: ["arbitrage"], isDevelopment: false });
  vi.stubGlobal("document", { querySelector: () => ({ content }) });
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
});

import { AddressLink, BlockLink, TransactionLink } from "./primitives.tsx";
import { shownAlone } from "./testing/drawAlone.tsx";

const HASH = `0x${"5a".repeat(32)}` as const;
const ADDRESS = `0x${"a1".repeat(20)}` as const;

it("where no chain stands behind the address, what is on one is named and copied, and leads to no page", () => {
  for (const link of [
    <BlockLink key="block" hash={HASH} />,
    <TransactionLink key="transaction" hash={HASH} />,
    <AddressLink key="address" address={ADDRESS} />,
  ]) {
    const shown = shownAlone(link);
    expect(shown).toContain("<code>0x");
    expect(shown).toContain("copy ");
    expect(shown).not.toContain("<a ");
  }
});
