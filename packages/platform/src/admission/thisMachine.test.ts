import { expect, it } from "vitest";
import { isLoopbackHost } from "./thisMachine.ts";

it.each(["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])(
  "%s belongs to this machine only",
  (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  },
);

it.each(["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.evil.example", "1270.0.0.1", ""])(
  "%s may belong to other machines",
  (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  },
);
