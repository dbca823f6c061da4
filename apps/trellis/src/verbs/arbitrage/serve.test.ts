import { expect, it } from "vitest";
import { startText } from "./serve.ts";

const ADDRESS = `0x${"e0".repeat(20)}` as const;
const settings = { chain: 31_337, dataDir: "/data", json: false };
const opened = {
  port: { url: "http://127.0.0.1:8090" },
  options: { arbitrageur: ADDRESS, executor: ADDRESS },
  adminKey: undefined,
};

it("the ready line reports the engine's mode, also when the database overrides it", () => {
  const asked = { ...settings, live: false };
  expect(startText(asked, { ...opened, isLive: true })).toContain("on chain 31337, with money: ");
  expect(startText({ ...settings, live: true } as typeof settings, { ...opened, isLive: false })).toContain(
    "on chain 31337, on paper: ",
  );
  const line = JSON.parse(startText({ ...asked, json: true }, { ...opened, isLive: true }));
  expect(line).toMatchObject({ event: "ready", isLive: true, adminKey: null });
});
