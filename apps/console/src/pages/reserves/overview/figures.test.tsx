import { afterEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
});

import { consoleErrors } from "../../../errors.ts";
import { shownAlone } from "../../../ui/testing/drawAlone.tsx";
import { queryValue } from "../ui/queryValue.tsx";
import { readNewestSigned } from "./newestSigned.ts";

afterEach(() => vi.unstubAllGlobals());

const building = { number: 4, state: "building", timeMs: 4 };
const built = { number: 3, state: "built", timeMs: 3 };
const signed = { number: 2, state: "signed", timeMs: 2 };

it.each([
  [[{ items: [building, built, signed], next: null }], signed],
  [
    [
      { items: [building, built], next: "0x1" },
      { items: [signed], next: null },
    ],
    signed,
  ],
  [[{ items: [building], next: null }], null],
])(
  "the newest snapshot is the newest that is signed, whatever is being built in front",
  async (pages, found) => {
    const left = [...pages];
    vi.stubGlobal("fetch", async () => Response.json(left.shift()));
    expect(await readNewestSigned()).toEqual(found);
  },
);

it("a figure says what came or why it was refused, and nothing until either is known", () => {
  const told = (query: { readonly data: number | undefined; readonly error: Error | null }) =>
    shownAlone(queryValue(query, String, { LOG_HEAD_MISSING: "empty" })).replaceAll(/<[^>]*>/g, "");
  const refused = (refusal: string) => consoleErrors.CONSOLE_REFUSED({ status: 404, refusal });
  expect(told({ data: undefined, error: null })).toBe("…");
  expect(told({ data: undefined, error: consoleErrors.CONSOLE_LOST({}) })).toBe("…");
  expect(told({ data: undefined, error: refused("LOG_HEAD_MISSING") })).toBe("empty");
  expect(told({ data: undefined, error: refused("RATE_LIMITED") })).toBe("RATE_LIMITED");
  expect(told({ data: 7, error: refused("RATE_LIMITED") })).toBe("7");
});
