import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));
vi.mock("../../session/session.ts", () => ({ useRole: () => "admin" }));

import type { Opportunity } from "@trellis/client/arbitrage";
import { drawAlone, propsIn } from "../../ui/testing/drawAlone.tsx";
import { pressAndAnswer } from "../../ui/testing/pressAndAnswer.ts";
import { Confirm } from "../operations/Confirm.tsx";
import { TryAgain } from "./TryAgain.tsx";

it("a trade whose answer was lost is sent again under its key; the next one has another", async () => {
  const opportunity = { hops: [{ pool: "0x01", tokenIn: "0x02" }] } as unknown as Opportunity;
  const { onConfirm } = propsIn(drawAlone(TryAgain, { opportunity }), Confirm);
  const press = () => void onConfirm("it pays").catch(() => {});
  const [lost, again, next] = await pressAndAnswer(press, ["lost", {}, {}]);
  expect(again).toEqual(lost);
  expect(next!.key).not.toBe(lost!.key);
});
