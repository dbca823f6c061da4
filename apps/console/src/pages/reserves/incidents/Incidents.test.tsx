import { afterEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
});

import { queries } from "../../../live/node.ts";
import { shownAlone } from "../../../ui/testing/drawAlone.tsx";
import { RESERVES } from "../service/useReserves.ts";
import { LastCompared } from "./Incidents.tsx";

afterEach(() => queries.clear());

const LAST = /^Last reconciliation: .+ ago\.$/;
const FAILED = " The latest run failed.";

it.each([
  ["not known yet", undefined, /^$/],
  ["none", [], /^No reconciliation has finished yet\.$/],
  ["one that runs", ["running"], /^No reconciliation has finished yet\.$/],
  ["one that failed", ["dead"], new RegExp(`^No reconciliation has finished yet\\.${FAILED}$`)],
  ["one that ended", ["waiting", "done", "dead"], LAST],
  ["one that failed after one that ended", ["running", "dead", "done"], new RegExp(`ago\\.${FAILED}$`)],
])("beside the incidents stands when was last compared: %s", (_, states, text) => {
  const endedAtMs = Date.now() - 60_000;
  const items = states?.map((state, id) => ({ id: String(id), state, addedAtMs: endedAtMs, endedAtMs }));
  const key = [RESERVES, "listJobs", { kind: "reconciliation", limit: 20 }];
  if (items !== undefined) queries.setQueryData(key, { items });
  expect(shownAlone(<LastCompared />).replaceAll(/<[^>]*>/g, "")).toMatch(text);
});
