import { expect, it } from "vitest";
import { isDiskFull } from "./isDiskFull.ts";
import { sqlError } from "./sqlError.ts";

const ENOSPC = Object.assign(new Error("no space left on device"), { code: "ENOSPC", errno: -28 });
const WASI = { name: "ErrnoError", errno: 51 };

it("DB_RESOURCES_EXHAUSTED: recognizes a full disk by the operating system's message, at any depth of the causes", () => {
  for (const full of [
    ENOSPC,
    WASI,
    new Error("failed to start", { cause: new Error("x", { cause: WASI }) }),
  ]) {
    expect(isDiskFull(full)).toBe(true);
    expect(sqlError(full)).toMatchObject({ code: "DB_RESOURCES_EXHAUSTED", consequence: "retry" });
  }
  for (const other of [
    undefined,
    "ENOSPC",
    new Error("x"),
    { name: "ErrnoError", errno: 44 },
    { errno: 51 },
  ]) {
    expect(isDiskFull(other)).toBe(false);
  }
});
