import { afterEach, expect, it, vi } from "vitest";
import { copyText } from "./copyText.ts";

afterEach(() => vi.unstubAllGlobals());

function openPage(clipboard: object | undefined, mayCommand: boolean): readonly string[] {
  const copied: string[] = [];
  let selected = "";
  const writeText = (text: string) => copied.push(text);
  vi.stubGlobal("navigator", { clipboard: clipboard && { writeText, ...clipboard } });
  vi.stubGlobal("HTMLElement", class {});
  vi.stubGlobal("document", {
    activeElement: null,
    createElement: () => ({
      value: "",
      select() {
        selected = this.value;
      },
      remove() {},
    }),
    body: { append() {} },
    execCommand() {
      if (mayCommand) copied.push(selected);
      return mayCommand;
    },
  });
  return copied;
}

it.each([
  ["a clipboard", {}, false],
  ["no clipboard, as by http from another machine", undefined, true],
  ["a clipboard that refuses", { writeText: () => Promise.reject(new Error("not allowed")) }, true],
])("copies with %s", async (_, clipboard, mayCommand) => {
  const copied = openPage(clipboard, mayCommand);
  expect(await copyText("27 DBTC")).toBe(true);
  expect(copied).toEqual(["27 DBTC"]);
});

it("says where it could not", async () => {
  openPage(undefined, false);
  expect(await copyText("27 DBTC")).toBe(false);
});
