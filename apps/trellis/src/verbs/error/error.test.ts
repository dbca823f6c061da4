import { captureIo } from "@trellis/kit/captureIo";
import { expect, it } from "vitest";
import { FORMER_CODES } from "./formerCodes.ts";
import { run } from "./run.ts";
import { errorSettings } from "./settings.ts";

async function explained(...operands: string[]): Promise<string> {
  const { io, captured } = captureIo();
  await run(await errorSettings({ json: false }, operands), io);
  return captured.stdout;
}

it("explains a code in any spelling", async () => {
  expect(await explained("store_locked")).toMatch(
    /^STORE_LOCKED\n {2}meaning: .+\n {2}what to do: .+\n {2}consequence: \w+, .+\n/,
  );
});

it("explains a former code by the code that replaced it", async () => {
  expect(await explained("STORE_DAMAGED")).toMatch(/^STORE_CORRUPT\n {2}formerly: STORE_DAMAGED\n/);
});

it("every former code has a successor and is in no table", async () => {
  const codes = new Set((await explained()).split("\n").map((line) => line.split(":")[0]));
  for (const [former, successors] of Object.entries(FORMER_CODES)) {
    expect(codes).not.toContain(former);
    for (const code of successors) expect(codes).toContain(code);
  }
});

it("INPUT_INVALID: an unknown code", async () => {
  await expect(explained("NO_SUCH_CODE")).rejects.toMatchObject({ code: "INPUT_INVALID" });
});

it("USAGE_INVALID: more than one operand", async () => {
  await expect(explained("STORE_LOCKED", "MORE")).rejects.toMatchObject({ code: "USAGE_INVALID" });
});
