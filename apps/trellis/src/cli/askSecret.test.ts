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
  it("returns the typed text with its corrections and echoes nothing", async () => {
    const asked = ask();
    input.write("hunterr\u007f2\r");
    expect(await asked).toBe("hunter2");
    expect(shown).toBe("Password: \n");
  });

  it("accepts an empty answer", async () => {
    const asked = ask();
    input.write("\n");
    expect(await asked).toBe("");
  });

  it.each([
    ["Ctrl-C", "abc\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("SECRET_UNREADABLE: %s", async (_, typed) => {
    const asked = ask();
    input.write(typed);
    await expect(asked).rejects.toMatchObject({
      code: "SECRET_UNREADABLE",
      facts: { reason: "prompt cancelled" },
    });
  });

  it("SECRET_UNREADABLE: end of input", async () => {
    const asked = ask();
    input.end();
    await expect(asked).rejects.toMatchObject({
      code: "SECRET_UNREADABLE",
      facts: { reason: "prompt cancelled" },
    });
  });

  it("SECRET_UNREADABLE: no terminal", async () => {
    await expect(ask(false)).rejects.toMatchObject({
      code: "SECRET_UNREADABLE",
      facts: { reason: "no terminal to prompt on" },
    });
    expect(shown).toBe("");
  });
});
