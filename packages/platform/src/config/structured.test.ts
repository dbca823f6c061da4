import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLiveSettings } from "./createLiveSettings.ts";
import { duration, millisecondsOrDuration } from "./duration.ts";
import { loadSettings } from "./loadSettings.ts";
import type { SettingsDefinition } from "./Setting.ts";
import { list, matching } from "./settingTypes.ts";
import { shownSettings } from "./shownSettings.ts";
import { listOf, objectOf } from "./structured.ts";

interface Structured {
  readonly keys: readonly { readonly id: string; readonly role: string }[];
  readonly words: readonly string[];
}

const item = z.strictObject({ id: z.string(), role: z.enum(["a", "b"], { error: "a or b" }) });
const definition: SettingsDefinition<Structured> = {
  section: "service",
  settings: {
    keys: { type: listOf(item, "a list of keys"), default: "", value: "JSON", summary: "" },
    words: { type: list, default: "", value: "A,…", summary: "" },
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-structured-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(
  yaml: string,
  environment: Readonly<Record<string, string>> = {},
  argv: readonly string[] = [],
) {
  const defaultFile = join(folder, "trellis.yaml");
  writeFileSync(defaultFile, yaml);
  return loadSettings(definition, { argv, environment, defaultFile });
}

const refused = (facts: object) => expect.objectContaining({ code: "CONFIG_INVALID_VALUE", facts });

describe("structured values", () => {
  it("are a sequence in the file, and JSON elsewhere", async () => {
    const yaml = "service:\n  words: [x, y]\n  keys:\n    - id: 1a\n      role: a\n";
    expect((await load(yaml)).settings).toEqual({ words: ["x", "y"], keys: [{ id: "1a", role: "a" }] });
    const { settings } = await load("", { TRELLIS_KEYS: '[{"id":"2","role":"b"}]', TRELLIS_WORDS: "z" });
    expect(settings).toEqual({ words: ["z"], keys: [{ id: "2", role: "b" }] });
    expect((await load("")).settings).toEqual({ words: [], keys: [] });
  });

  it("words come from one flag or several", async () => {
    const { settings } = await load("", {}, ["--words", "a, b", "--words", "c"]);
    expect(settings.words).toEqual(["a", "b", "c"]);
    const twice = load("", {}, ["--keys", "[]", "--keys", "[]"]);
    await expect(twice).rejects.toMatchObject({
      code: "CONFIG_INVALID_VALUE",
      facts: { reason: "given twice" },
    });
  });

  it("CONFIG_INVALID_VALUE: names the line of the invalid part", async () => {
    const file = join(folder, "trellis.yaml");
    const yaml = "service:\n  keys:\n    - id: x\n      role: a\n    - id: y\n      role: c\n";
    await expect(load(yaml)).rejects.toThrowError(
      refused({ setting: "keys.1.role", origin: `${file}:6`, got: '"c"', expected: "a or b" }),
    );
    await expect(load("service:\n  keys:\n    - id: x\n")).rejects.toThrowError(
      refused(expect.objectContaining({ setting: "keys.0.role", origin: `${file}:3` })),
    );
    await expect(load("", { TRELLIS_KEYS: "[{" })).rejects.toThrowError(
      refused({ setting: "keys", origin: "TRELLIS_KEYS", got: '"[{"', expected: "a list of keys" }),
    );
    await expect(load("service:\n  words: [x, '']\n")).rejects.toThrowError(
      refused(expect.objectContaining({ setting: "words", origin: `${file}:2` })),
    );
  });
});

describe("duration", () => {
  const time = duration("1s", "2h");

  it.each([
    ["1s", 1_000],
    ["1500ms", 1_500],
    ["90m", 5_400_000],
    ["2h", 7_200_000],
  ])("%s is %d ms", (text, ms) => {
    expect(time.parse(text)).toBe(ms);
  });

  it.each(["5", 5, "", "1 s", "-1s", "1.5s", "999ms", "3h", "1w", "s", null, "1S"])(
    "%j is refused",
    (text) => {
      const { error } = time.safeParse(text);
      expect(error?.issues[0]?.message).toBe("a duration with its unit (ms, s, m, h, d) from 1s to 2h");
    },
  );
});

describe("millisecondsOrDuration", () => {
  const time = millisecondsOrDuration("50ms", "1h");

  it.each([
    ["5s", 5_000],
    ["100ms", 100],
    ["2000", 2_000],
    [2_000, 2_000],
    ["1h", 3_600_000],
  ])("%j is %d ms", (given, ms) => {
    expect(time.parse(given)).toBe(ms);
  });

  it.each(["", 49, "49", "49ms", "2h", "5 s", "fast", null])("%j is refused", (given) => {
    const { error } = time.safeParse(given);
    expect(error?.issues[0]?.message).toBe(
      "a duration with its unit (ms, s, m, h, d), or a whole number of milliseconds, from 50ms to 1h",
    );
  });
});

interface Nested {
  readonly login: { readonly issuer: string; readonly reread: number; readonly secretFrom: string };
}

describe("objectOf", () => {
  const nested: SettingsDefinition<Nested> = {
    section: "service",
    settings: {
      login: objectOf<Nested["login"]>(
        {
          issuer: { type: z.string({ error: "a name" }), default: "", summary: "", formerly: "loginIssuer" },
          reread: { type: duration("1s", "1h"), default: "30s", summary: "", isReloadable: true },
          secretFrom: {
            type: matching(/^(?:env:.+)?$/, "env:NAME"),
            default: "",
            summary: "",
            isSecret: true,
          },
        },
        "",
      ),
    },
  };
  const file = () => join(folder, "trellis.yaml");

  function loadNested(
    yaml: string,
    environment: Readonly<Record<string, string>> = {},
    argv: readonly string[] = [],
  ) {
    writeFileSync(file(), yaml);
    return loadSettings(nested, { argv, environment, defaultFile: file() });
  }

  it("is a mapping in the file, JSON elsewhere, and its members have defaults", async () => {
    expect((await loadNested("")).settings).toEqual({
      login: { issuer: "", reread: 30_000, secretFrom: "" },
    });
    const { settings } = await loadNested("service:\n  login:\n    issuer: x\n");
    expect(settings).toEqual({ login: { issuer: "x", reread: 30_000, secretFrom: "" } });
    const flag = await loadNested("", { TRELLIS_LOGIN: '{"issuer":"y"}' }, ["--login", '{"reread":"1s"}']);
    expect(flag.settings).toEqual({ login: { issuer: "y", reread: 1_000, secretFrom: "" } });
    expect(flag.origins).toEqual({ login: "--login" });
  });

  it("a flag overrides one member and keeps the others of the file", async () => {
    const yaml = "service:\n  login:\n    issuer: x\n    reread: 5s\n";
    const { settings } = await loadNested(yaml, {}, ["--login", '{"issuer":"y"}']);
    expect(settings).toEqual({ login: { issuer: "y", reread: 5_000, secretFrom: "" } });
  });

  it("CONFIG_INVALID_VALUE: names the member and its line", async () => {
    await expect(loadNested("service:\n  login:\n    issuer: x\n    reread: 5\n")).rejects.toThrowError(
      refused(expect.objectContaining({ setting: "login.reread", origin: `${file()}:4`, got: "5" })),
    );
    await expect(loadNested("", {}, ["--login", "[]"])).rejects.toThrowError(
      refused(expect.objectContaining({ expected: "an object with the members issuer, reread, secretFrom" })),
    );
  });

  it("does not repeat a secret member", async () => {
    await expect(loadNested("", { TRELLIS_LOGIN: '{"secretFrom":"hunter2"}' })).rejects.toThrowError(
      refused(expect.objectContaining({ setting: "login.secretFrom", got: "not shown" })),
    );
    await expect(loadNested("", { TRELLIS_LOGIN: '{"secretFrom":"hunter2"' })).rejects.toThrowError(
      refused(expect.objectContaining({ setting: "login", got: "not shown" })),
    );
    const loaded = await loadNested("", { TRELLIS_LOGIN: '{"issuer":"x","secretFrom":"env:X"}' });
    expect(shownSettings(nested, loaded)[0]?.value).toEqual({
      issuer: "x",
      reread: 30_000,
      secretFrom: null,
    });
  });

  it("CONFIG_UNKNOWN_KEY: names the member, and the closest match", async () => {
    await expect(loadNested("service:\n  login:\n    isuer: x\n")).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      facts: { key: "login.isuer", origin: `${file()}:3`, didYouMean: "login.issuer" },
    });
  });

  it("refuses a setting that became a member, with its new name", async () => {
    await expect(loadNested("service:\n  loginIssuer: x\n")).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      facts: { didYouMean: "login.issuer" },
    });
    await expect(loadNested("", { TRELLIS_LOGIN_ISSUER: "x" })).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      facts: { didYouMean: 'TRELLIS_LOGIN={"issuer": …}' },
    });
    await expect(loadNested("", {}, ["--login-issuer", "x"])).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      facts: { didYouMean: `--login '{"issuer": …}'` },
    });
  });

  it("CONFIG_RESTART_NEEDED: names the members that a running service cannot change", async () => {
    const next = { login: { issuer: "x", reread: 2_000, secretFrom: "" } };
    const live = createLiveSettings(
      nested,
      { login: { issuer: "", reread: 1_000, secretFrom: "" } },
      async () => next,
    );
    await expect(live.reload()).rejects.toMatchObject({ facts: { settings: "login.issuer" } });
    const reread = { login: { issuer: "", reread: 2_000, secretFrom: "" } };
    const other = createLiveSettings(
      nested,
      { login: { issuer: "", reread: 1_000, secretFrom: "" } },
      async () => reread,
    );
    await expect(other.reload()).resolves.toEqual(["login"]);
  });
});
