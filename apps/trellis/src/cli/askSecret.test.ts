import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { askSecret, type Terminal } from "./askSecret.ts";

let input: PassThrough;
let shown: string;

beforeEach(() => {
  input = new PassThrough();
  shown = "";
});

function ask(isTTY = true): Promise<string> {
  const terminal: Terminal = {
    input: Object.assign(input, { isTTY }),
    output: {
      write: (text) => {
        shown += text;
      },
    },
  };
  return askSecret("Password", terminal);
}

describe("askSecret", () => {
  it("gives what was typed, corrections applied, and shows none of it", async () => {
    const asked = ask();
    input.write("hunterr\u007f2\r");
    expect(await asked).toBe("hunter2");
    expect(shown).toBe("Password: \n");
  });

  it("an empty answer is an answer", async () => {
    const asked = ask();
    input.write("\n");
    expect(await asked).toBe("");
  });

  it.each([
    ["Ctrl-C", "abc\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("PROMPT_CANCELLED: %s", async (_, typed) => {
    const asked = ask();
    input.write(typed);
    await expect(asked).rejects.toMatchObject({ code: "PROMPT_CANCELLED" });
  });

  it("PROMPT_CANCELLED: the end of input", async () => {
    const asked = ask();
    input.end();
    await expect(asked).rejects.toMatchObject({ code: "PROMPT_CANCELLED" });
  });

  it("PROMPT_IMPOSSIBLE: nobody sits there", async () => {
    await expect(ask(false)).rejects.toMatchObject({ code: "PROMPT_IMPOSSIBLE" });
    expect(shown).toBe("");
  });
});
