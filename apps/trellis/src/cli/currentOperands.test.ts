import { captureIo } from "@trellis/kit/captureIo";
import { beforeEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../verbs/commands.ts";
import { runCli } from "./runCli.ts";

const { io, captured } = captureIo();

beforeEach(() => {
  captured.stdout = "";
  captured.stderr = "";
});

describe("former name of an action", () => {
  it.each([
    ["validator stand", "validator rejoin", "--account-key-from env:NOT_SET"],
    ["reserves retain", "reserves apply-retention", "--api-key-from env:NOT_SET"],
  ])("%s runs %s and reports the new name", async (former, present, flags) => {
    const lineOf = (words: string) => runCli(`${words} ${flags}`.split(" "), COMMANDS, io);
    expect(await lineOf(present)).toBe(1);
    const outcome = captured.stderr;
    captured.stderr = "";
    expect(await lineOf(former)).toBe(1);
    expect(captured.stderr).toBe(`trellis: ${former} was renamed: use trellis ${present}\n${outcome}`);
    captured.stderr = "";
    await lineOf(`${former} --json`);
    expect(JSON.parse(captured.stderr.split("\n")[0]!)).toEqual({
      event: "renamed",
      given: former,
      use: present,
    });
  });

  it("the former name is not listed, and its help shows the present name", async () => {
    const helpOf = async (words: string) => {
      captured.stdout = "";
      expect(await runCli(words.split(" "), COMMANDS, io)).toBe(0);
      return captured.stdout;
    };
    expect(await helpOf("validator --help")).not.toMatch(/^ {2}stand /m);
    expect(await helpOf("validator --help")).toMatch(/^ {2}rejoin /m);
    expect(await helpOf("reserves --help")).not.toMatch(/^ {2}retain /m);
    expect(await helpOf("reserves --help")).toMatch(/^ {2}apply-retention /m);
    const present = await helpOf("help validator rejoin");
    expect(await helpOf("help validator stand")).toBe(present);
    expect(await helpOf("validator stand --help")).toBe(present);
  });
});
