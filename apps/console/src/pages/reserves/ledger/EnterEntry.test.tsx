import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import { Form } from "../../../ui/Form.tsx";
import { drawAlone, propsIn } from "../../../ui/testing/drawAlone.tsx";
import { pressAndAnswer, type SentRequest } from "../../../ui/testing/pressAndAnswer.ts";
import { EnterEntry } from "./EnterEntry.tsx";

it("an entry whose answer was lost is sent again as it was, under its keys; the next has others", async () => {
  const { onSubmit } = propsIn(drawAlone(EnterEntry, { customer: "somebody" }), Form);
  const entered = { position: "1", enteredCount: 1, replayedCount: 0 };
  const [lost, again, next] = await pressAndAnswer(onSubmit, ["lost", entered, entered]);
  expect(again).toEqual(lost);
  expect(next!.key).not.toBe(lost!.key);
  expect(entryKeyOf(next!)).not.toBe(entryKeyOf(lost!));
});

function entryKeyOf({ body }: SentRequest): string {
  const { entries } = body as { readonly entries: readonly { readonly key: string }[] };
  return entries[0]!.key;
}
