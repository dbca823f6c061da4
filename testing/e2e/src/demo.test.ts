import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { expectStopped } from "./expectStopped.ts";
import { type Devnet, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

let directory: TemporaryDirectory;
let devnet: Devnet | undefined;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await devnet?.kill();
  await directory.remove();
});

const dataDir = () => join(directory.path, "devnet");
const WAIT = { interval: 500 };

async function start(...args: string[]) {
  devnet = await startDevnet({ dataDir: dataDir(), args, reserves: true });
  return devnet.ready.reserves!;
}

function ask(path: string, key?: string): Promise<Response> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return fetch(`${devnet!.httpUrl}${path}`, { headers });
}

const anchorOf = async () =>
  ((await (await ask("/v1/snapshots/1")).json()) as { anchor?: object | null }).anchor;

it("a devnet's demo custodian is attested and anchored automatically, its customer verifies against the published record, and it continues", async () => {
  const { customer, customerKey, adminKey, url } = await start();
  expect(url).toBe(`${devnet!.httpUrl}/v1`);
  await expect.poll(anchorOf, WAIT).toMatchObject({ chainId: 31_337 });
  const attestations = async () => (await ask("/v1/attestations")).json();
  await expect.poll(attestations, WAIT).toMatchObject({ items: [{ id: "1", isCovered: true }] });

  const proof = await ask(`/v1/customers/${customer}/snapshots/1/proof`, customerKey);
  const file = join(directory.path, "proof.json");
  writeFileSync(file, await proof.text());
  const service = ["--url", devnet!.httpUrl];
  const verified = await runTrellis([
    "reserves",
    "verify",
    file,
    ...service,
    "--customer",
    customer,
    "--json",
  ]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ isValid: true, customers: [{ customer }] });
  expect((await ask("/v1/customers/customer-0008/snapshots/1/proof", customerKey)).status).toBe(403);
  expect((await ask("/v1/customers", undefined)).status).toBe(401);
  expect((await ask("/ready")).status).toBe(200);

  const reconciled = await fetch(`${url}/reconciliations`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, "idempotency-key": "once-and-for-all" },
  });
  expect(reconciled.status).toBe(202);
  const { id } = (await reconciled.json()) as { id: string };
  const incidents = async () => (await (await ask("/v1/incidents", adminKey)).json()) as object;
  const jobs = async () => (await (await ask("/v1/jobs/reconciliation", adminKey)).json()) as object;
  const done = expect.objectContaining({ id, state: "done" });
  await expect.poll(jobs, WAIT).toEqual(expect.objectContaining({ items: expect.arrayContaining([done]) }));
  expect(await incidents()).toMatchObject({ items: [] });
  const socket = new WebSocket(`${url.replace("http", "ws")}/events?after=0`, [
    "trellis.v1",
    `bearer.${customerKey}`,
  ]);
  const first = await new Promise<string>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("the socket does not open"));
  });
  socket.close();
  expect(JSON.parse(first)).toMatchObject({ type: "balance.changed", data: { customerId: customer } });

  expectStopped(await devnet!.stop());
  expect(await start()).toMatchObject({ adminKey, customerKey });
  expect(await anchorOf()).toMatchObject({ chainId: 31_337 });
  expectStopped(await devnet!.stop());
  devnet = await startDevnet({ dataDir: dataDir(), args: ["--reset"] });
  expect(devnet.ready.reserves).toBeUndefined();
  expect(existsSync(join(dataDir(), "demo"))).toBe(false);
  expect((await ask("/v1/snapshots")).status).toBe(404);
});
