import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));
const told = vi.hoisted(() => ({ link: "live", isOpen: true }));
vi.mock("../../session/session.ts", () => ({ useRole: () => "admin" }));
vi.mock("../operations/services.ts", () => ({ useAccess: () => "open", pathOf: () => "/v1" }));
vi.mock("../operations/ServiceChoice.tsx", () => ({ WithAccess: () => null }));
vi.mock("../reserves/service/ServiceLink.ts", () => ({ useLink: () => told.link }));
vi.mock("./news.ts", () => ({ link: { heardAtMs: 0 }, useNews: () => ({ isOpen: told.isOpen }) }));
vi.mock("./StopBanner.tsx", () => ({ StopBanner: () => null }));

import { Freshness } from "../../ui/Freshness.tsx";
import { drawAlone, propsIn } from "../../ui/testing/drawAlone.tsx";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";

it.each([
  { link: "live", isOpen: true, state: "live", isAskedAlone: false },
  { link: "live", isOpen: false, state: "live", isAskedAlone: true },
  { link: "lost", isOpen: true, state: "lost", isAskedAlone: false },
])("a service that is $link, its events open: $isOpen, is shown as $state", ({ link, isOpen, ...shown }) => {
  Object.assign(told, { link, isOpen });
  const drawn = drawAlone(ArbitrageFrame, { title: "Market", children: null });
  expect(propsIn(drawn, Freshness)).toMatchObject(shown);
});
