import { expect, it } from "vitest";
import { checkSettings } from "./checkSettings.ts";

const ADDRESS = `0x${"0c".repeat(20)}`;
const settings = {
  address: ADDRESS,
  apiKeyFrom: "",
  device: "cpu",
  node: ["ws://a.example"],
  stream: "heavy",
} as const;
const check = (changed: object) => checkSettings({ ...settings, ...changed });
const KEY = { apiKeyFrom: "env:KEY" };

it.each([
  {},
  { device: "gpu" },
  { device: "both", stream: "blake3" },
  { stream: "memory" },
  { ...KEY, node: ["wss://a.example", "https://b.example/rpc"] },
  { ...KEY, node: ["ws://127.0.0.1:8545", "http://localhost:8545", "ws://[::1]:8545"] },
])("accepts %o", (changed) => check(changed));

it.each([
  [{ address: "" }, "address"],
  [{ device: "gpu", stream: "memory" }, "device"],
  [{ device: "both", stream: "memory" }, "device"],
  [{ ...KEY, node: ["wss://a.example", "ws://b.example"] }, "node"],
  [{ ...KEY, node: ["http://192.0.2.1:8545"] }, "node"],
  [{ ...KEY, node: ["ws://127.0.0.1.example"] }, "node"],
])("CONFIG_INVALID_VALUE: %o", (changed, setting) => {
  expect(() => check(changed)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID_VALUE", facts: expect.objectContaining({ setting }) }),
  );
});
