import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import { Freshness, GoneBanner } from "./Freshness.tsx";
import { shownAlone } from "./testing/drawAlone.tsx";

const AGES_MS = [1_000, 90_000];

function saidAloud(html: string): readonly string[] {
  return [...html.matchAll(/role="(?:status|alert)">([^<]*)</g)].map(([, said]) => said!);
}

it("is announced to screen readers once, and shows its age", () => {
  const shown = AGES_MS.map((age) => {
    const heardAtMs = Date.now() - age;
    return [
      shownAlone(<Freshness state="lost" heardAtMs={heardAtMs} role="status" />),
      shownAlone(<GoneBanner who="The node" heardAtMs={heardAtMs} />),
    ] as const;
  });
  expect(shown[0]).not.toEqual(shown[1]);
  for (const [freshness, banner] of shown) {
    expect(saidAloud(freshness)).toEqual(["stale"]);
    expect(saidAloud(banner)).toEqual(["The node does not respond."]);
  }
});
