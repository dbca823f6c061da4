import { expect, it } from "vitest";
import { usesMdns } from "./openNetwork.ts";

it.each([
  [true, [], true],
  [true, ["/ip4/127.0.0.1/tcp/30303"], true],
  [true, "none", false],
  [false, [], false],
] as const)("mdns %j with bootstrap %j discovers neighbours: %j", (mdns, bootstrap, uses) => {
  expect(usesMdns({ mdns, bootstrap })).toBe(uses);
});
