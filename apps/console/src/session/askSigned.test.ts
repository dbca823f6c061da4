import { afterEach, expect, it, vi } from "vitest";
import { askSigned } from "./askSigned.ts";
import { session } from "./session.ts";

afterEach(() => vi.unstubAllGlobals());

const json = (value: object, status = 200): Response => new Response(JSON.stringify(value), { status });
const ADMIN = { id: "key:1", role: "admin", customerId: null, scopes: ["*"] };

it("CONSOLE_REFUSED: an answer that knows nobody ends the session for the whole tab, another refusal does not", async () => {
  let principal: typeof ADMIN | null = ADMIN;
  let refusal = json({ code: "ROLE_FORBIDDEN" }, 403);
  vi.stubGlobal("sessionStorage", { getItem: () => null, removeItem: () => {} });
  vi.stubGlobal("fetch", async (target: string) =>
    target.endsWith("/session") ? json({ principal, ended: null, ways: ["apiKey"] }) : refusal,
  );
  await session.refresh();
  const kinds: string[] = [];
  session.onState(() => kinds.push(session.state.kind));

  await expect(askSigned("/v1/log-levels")).rejects.toMatchObject({ facts: { refusal: "ROLE_FORBIDDEN" } });
  expect(kinds).toEqual([]);
  principal = null;
  refusal = json({ code: "AUTHENTICATION_MISSING" }, 401);
  await expect(askSigned("/v1/log-levels")).rejects.toMatchObject({ code: "CONSOLE_REFUSED" });
  expect(kinds).toEqual(["ended"]);
  expect(session.state).toMatchObject({ code: "AUTHENTICATION_MISSING", principal: ADMIN });
});
