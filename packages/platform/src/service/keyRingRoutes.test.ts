import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestApi } from "../http/testing/openTestApi.ts";
import { systemClock, systemRandom } from "../system/index.ts";
import { keyRingRoutes } from "./keyRingRoutes.ts";
import { openServiceKeys, type ServiceKeys } from "./serviceKeys.ts";

const PATH = "/v1/operations/keys";
const { io } = captureIo();
let folder: string;
let keys: ServiceKeys;
let server: Awaited<ReturnType<typeof openTestApi>>["server"];

const opened = (keyFrom = "") =>
  openServiceKeys({ dataDir: folder, keyFrom }, { random: systemRandom, clock: systemClock, io });

async function serve(served: ServiceKeys): Promise<void> {
  keys = served;
  ({ server } = await openTestApi(keyRingRoutes(keys, "/v1/operations")));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "trellis-key-ring-"));
  await serve(await opened());
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function ask(role: string, method: "GET" | "POST" | "DELETE", path: string, body?: object) {
  const answer = await server.inject({
    method,
    url: path,
    headers: {
      authorization: `Bearer ${role}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: answer.json(), text: answer.body };
}
const statesOf = (purpose: string, { items }: { items: Record<string, unknown>[] }) =>
  items.filter((key) => key.purpose === purpose).map(({ version, state }) => `${version} ${state}`);

describe("keys of a service over its API", () => {
  it("KEY-11: lists every key without its secret", async () => {
    const { status, body, text } = await ask("auditor", "GET", PATH);
    expect([status, body.isChangeable]).toEqual([200, true]);
    expect(body.items).toHaveLength(5);
    expect(body.items[0]).toMatchObject({ purpose: "record", version: 1, state: "active" });
    expect(body.items[0].publicKey).toMatch(/^0x[0-9a-f]{64}$/);
    expect(body.items.at(-1)).toMatchObject({ purpose: "encryption", publicKey: null });
    for (const { secret } of [...keys.all("session"), ...keys.all("record")])
      for (const form of ["hex", "base64", "base64url"] as const)
        expect(text).not.toContain(Buffer.from(secret).toString(form));
  });

  it("KEY-6: a rotated key is in use at once or after its delay, and a replaced one is retired", async () => {
    const [old] = keys.sessionSecrets;
    const rotated = await ask("admin", "POST", `${PATH}/session/rotation`, {});
    expect(statesOf("session", rotated.body)).toEqual(["2 active", "1 earlier"]);
    expect(keys.sessionSecrets).toHaveLength(2);
    expect(keys.sessionSecrets[1]).toEqual(old);
    const later = await ask("admin", "POST", `${PATH}/record/rotation`, { delayS: 600 });
    expect(statesOf("record", later.body)).toEqual(["1 active", "2 later"]);
    const retired = await ask("admin", "DELETE", `${PATH}/session/1`);
    expect(statesOf("session", retired.body)).toEqual(["2 active"]);
    await ask("admin", "POST", `${PATH}/log/rotation`, {});
    expect(statesOf("log", (await ask("admin", "DELETE", `${PATH}/log/1`)).body)).toEqual([
      "2 active",
      "1 retired",
    ]);
    const other = await opened();
    for (const purpose of ["session", "record", "log"] as const)
      expect(other.all(purpose)).toEqual(keys.all(purpose));
  });

  it.each([
    ["session/1", 404, "NOT_FOUND"],
    ["session/2", 404, "NOT_FOUND"],
    ["encryption/1", 400, "REQUEST_INVALID"],
    ["session/0", 400, "REQUEST_INVALID"],
    ["peer/1", 400, "REQUEST_INVALID"],
  ])("%s is not retired: %s %s", async (key, status, code) => {
    await ask("admin", "POST", `${PATH}/encryption/rotation`, {});
    expect(await ask("admin", "DELETE", `${PATH}/${key}`)).toMatchObject({ status, body: { code } });
    expect(keys.all("encryption")).toHaveLength(2);
    expect(keys.all("session")).toHaveLength(1);
  });

  it("ROLE_FORBIDDEN: only an admin changes keys, and operators do not see them", async () => {
    for (const [role, method, path] of [
      ["operator", "GET", PATH],
      ["auditor", "DELETE", `${PATH}/session/1`],
    ] as const)
      expect(await ask(role, method, path)).toMatchObject({ status: 403, body: { code: "ROLE_FORBIDDEN" } });
    const rotation = await ask("operator", "POST", `${PATH}/session/rotation`, {});
    expect(rotation).toMatchObject({ status: 403, body: { code: "ROLE_FORBIDDEN" } });
  });

  it("NOT_FOUND: keys from a reference are listed, but changed where they are kept", async () => {
    await server.close();
    process.env.TEST_SERVICE_SEED = "ab".repeat(32);
    await serve(await opened("env:TEST_SERVICE_SEED"));
    const listed = await ask("admin", "GET", PATH);
    expect(listed.body).toMatchObject({
      isChangeable: false,
      items: [{ createdAtMs: null }, {}, {}, {}, {}],
    });
    const refused = { status: 404, body: { code: "NOT_FOUND" } };
    expect(await ask("admin", "POST", `${PATH}/session/rotation`, {})).toMatchObject(refused);
    expect(await ask("admin", "DELETE", `${PATH}/session/1`)).toMatchObject(refused);
  });
});
