import { silentLog } from "@trellis/base";
import { createServer } from "@trellis/platform/http";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addDevelopmentSignIn } from "./addDevelopmentSignIn.ts";

const OWN = { "sec-fetch-site": "same-origin", host: "127.0.0.1:8080" };
let service: ReturnType<typeof createServer>;
let devnet: ReturnType<typeof createServer>;
let url: string | undefined;
let asked: unknown[];

beforeEach(async () => {
  asked = [];
  service = createServer({ log: silentLog, random: systemRandom });
  service.post("/v1/auth/session", (request, reply) => {
    asked.push(request.body);
    return reply.code(204).header("set-cookie", "trellis-local=sealed; HttpOnly").send();
  });
  url = await service.listen({ host: "127.0.0.1", port: 0 });
  devnet = createServer({ log: silentLog, random: systemRandom });
  addDevelopmentSignIn(devnet, { url: () => url, keyOf: (as) => `key of ${as}` });
});
afterEach(async () => {
  await devnet.close();
  await service.close();
});

const signIn = (as: string, headers: Record<string, string> = OWN) =>
  devnet.inject({ method: "POST", url: "/console/sign-in", payload: { as }, headers });

it("the browser receives a session and never the key", async () => {
  const answer = await signIn("customer");
  expect([answer.statusCode, answer.body]).toEqual([204, ""]);
  expect(answer.headers["set-cookie"]).toEqual(["trellis-local=sealed; HttpOnly"]);
  expect(asked).toEqual([{ apiKey: "key of customer" }]);
});

it("CROSS_SITE_REQUEST: pages of other origins cannot sign in under any host name", async () => {
  for (const headers of [
    { ...OWN, "sec-fetch-site": "cross-site" },
    { host: OWN.host, origin: "http://127.0.0.1:9999" },
    { ...OWN, host: "rebound.example:8080" },
    { host: OWN.host },
  ] as Record<string, string>[])
    expect((await signIn("admin", headers)).json()).toMatchObject({ code: "CROSS_SITE_REQUEST" });
  expect(asked).toEqual([]);
});

it("UPSTREAM_UNREACHABLE, REQUEST_INVALID: before the service starts, and as an unknown user", async () => {
  expect((await signIn("root")).json()).toMatchObject({ code: "REQUEST_INVALID" });
  url = undefined;
  const early = await signIn("admin");
  expect([early.statusCode, early.headers["retry-after"]]).toEqual([503, "1"]);
  expect(early.json()).toMatchObject({
    code: "UPSTREAM_UNREACHABLE",
    facts: { reason: "service", service: "demo custodian" },
  });
});
