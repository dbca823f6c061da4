import { renderToStaticMarkup } from "react-dom/server";
import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import { GasOf } from "./GasOf.tsx";

const shown = (gasWei: string, l1FeeWei?: string | null): string =>
  renderToStaticMarkup(
    <GasOf
      execution={{
        gasUsed: "100000",
        gasPriceWei: "2000000000",
        gasWei,
        ...(l1FeeWei === undefined ? {} : { l1FeeWei }),
      }}
    />,
  );

it("a rollup's fee for data stands by itself: gas is what its price times its units comes to", () => {
  for (const without of [undefined, null, "0"]) {
    expect(shown("200000000000000", without)).toContain('title="200000000000000 wei"');
    expect(shown("200000000000000", without)).not.toContain("Data fee");
  }
  const rollup = shown("200000000012345", "12345");
  expect([...rollup.matchAll(/title="(\d+) wei"/g)].map(([, wei]) => wei)).toEqual([
    "200000000000000",
    "12345",
    "200000000012345",
  ]);
  expect(rollup).toContain("Data fee");
});
