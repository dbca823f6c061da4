import type { Hex } from "viem";
import { expect, it } from "vitest";
import { type Pages, renewed } from "./renewed.ts";

const LENGTH = 4;

function pageOf(list: readonly string[], cursor: Hex | null) {
  const from = cursor === null ? 0 : list.indexOf(String(Number(cursor))) + 1;
  const items = list.slice(from, from + LENGTH);
  const isMore = from + LENGTH < list.length;
  return { items, cursor: isMore ? (`0x${Number(items.at(-1)).toString(16)}` as const) : null };
}

function read(list: readonly string[], pageCount: number): Pages<string> {
  const pages = [pageOf(list, null)];
  while (pages.length < pageCount) pages.push(pageOf(list, pages.at(-1)!.cursor));
  return { pages, pageParams: [null, ...pages.slice(0, -1).map(({ cursor }) => cursor)] };
}

const listTo = (newest: number) => Array.from({ length: newest }, (_, index) => String(newest - index));
const itemsOf = ({ pages }: Pages<string>) => pages.flatMap(({ items }) => items);

it.each([
  ["nothing", 20, 0],
  ["some", 20, 3],
  ["as many as a page less one", 20, LENGTH - 1],
])("pages that were read stay, with %s new in front", (_, count, added) => {
  const known = read(listTo(count), 3);
  const list = listTo(count + added);
  const now = renewed(known, pageOf(list, null));
  expect(itemsOf(now)).toEqual(list.slice(0, 3 * LENGTH + added));
  expect(pageOf(list, now.pages.at(-1)!.cursor)).toEqual(pageOf(list, known.pages.at(-1)!.cursor));
});

it.each([
  ["one page is read", read(listTo(20), 1), listTo(22)],
  ["more came than a page has", read(listTo(20), 3), listTo(30)],
  ["the newest were removed", read(listTo(20), 3), ["21", "20x", ...listTo(18)]],
  ["some below the newest were removed", read(listTo(20), 3), ["20", "18", ...listTo(17)]],
  ["all that there is fits", read(listTo(6), 2), listTo(3)],
])("only the beginning is known where %s", (_, known, list) => {
  expect(renewed(known, pageOf(list, null))).toEqual(read(list, 1));
});
