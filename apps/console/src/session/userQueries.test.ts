import { afterEach, expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem() {}, removeItem() {} });
});

import { queries } from "../live/node.ts";
import { session } from "./session.ts";
import { forgetWhoLeaves, RESERVES, SERVICE } from "./userQueries.ts";

const ADMIN = { id: "key:1", role: "admin", customerId: null, scopes: ["*"] };
const CUSTOMER = { id: "key:2", role: "customer", customerId: "c-1", scopes: ["*"] };
const TOLD = [
  [SERVICE, "/v1/jobs"],
  [RESERVES, "listCustomers", {}],
];
const OF_ALL = ["live", "eth_blockNumber", []];

async function become(principal: object | null, ended: string | null = null): Promise<void> {
  vi.stubGlobal("fetch", async () => Response.json({ principal, ended, ways: [] }));
  await session.refresh();
}

forgetWhoLeaves();

afterEach(() => {
  vi.unstubAllGlobals();
  queries.clear();
});

it("what services told one is forgotten when somebody else comes, or nobody; what a node says is not", async () => {
  for (const next of [CUSTOMER, null]) {
    await become(ADMIN);
    for (const key of [...TOLD, OF_ALL]) queries.setQueryData(key, "told");
    await become(null, "TOKEN_EXPIRED");
    await become(ADMIN);
    expect(TOLD.map((key) => queries.getQueryData(key))).toEqual(["told", "told"]);
    const before = session.leftCount;
    if (next === null) vi.stubGlobal("sessionStorage", { getItem: () => "1", setItem() {}, removeItem() {} });
    await become(next);
    expect(session.state.kind).toBe(next === null ? "signedOut" : "signedIn");
    expect(TOLD.map((key) => queries.getQueryData(key))).toEqual([undefined, undefined]);
    expect(queries.getQueryData(OF_ALL)).toBe("told");
    expect(session.leftCount).toBe(before + 1);
  }
});
