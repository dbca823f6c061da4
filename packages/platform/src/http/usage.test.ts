import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { UsageCounter } from "./ApiPorts.ts";
import { openTestApi } from "./testing/openTestApi.ts";
import { ROUTES } from "./testing/testRoutes.ts";

type Counted = readonly [customer: string | undefined, bytesIn: number, bytesOut: number];

async function opened() {
  const counted: Counted[] = [];
  const usage: UsageCounter = {
    count: (principal, bytesIn, bytesOut) => counted.push([principal?.customerId, bytesIn, bytesOut]),
  };
  const { server } = await openTestApi(ROUTES, { usage });
  onTestFinished(() => server.close());
  await server.listen({ port: 0, host: "127.0.0.1" });
  return { counted, port: (server.server.address() as AddressInfo).port };
}

const request = (path: string, authorization: string): string =>
  `GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${authorization}\r\n\r\n`;

/** @returns bytes of the answers so far */
function open(port: number): { readonly socket: Socket; received(): number } {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let bytes = 0;
  socket.on("data", (data) => {
    bytes += data.length;
  });
  return { socket, received: () => bytes };
}

const sumOut = (counted: readonly Counted[]): number => counted.reduce((sum, [, , bytes]) => sum + bytes, 0);

it("COST-1: requests of one connection count for their callers, with each byte once", async () => {
  const { counted, port } = await opened();
  const texts = [
    request("/v1/things/a", "customer:alice"),
    request("/v1/customers/alice/balance", "customer:alice"),
    request("/v1/customers/alice/balance", "forged"),
    request("/v1/customers/alice/balance", "customer:bob"),
    request("/v1/customers/bob-the-second/balance", "customer:bob-the-second"),
  ];
  const { socket, received } = open(port);
  for (const [index, text] of texts.entries()) {
    socket.write(text);
    await expect.poll(() => counted.length).toBe(index + 1);
  }
  // A public route does not look at credentials; one that refuses the caller does not know it.
  const customers = counted.map(([customer]) => customer);
  expect(customers).toEqual([undefined, "alice", undefined, "bob", "bob-the-second"]);
  expect(counted.map(([, bytesIn]) => bytesIn)).toEqual(texts.map(({ length }) => length));
  await expect.poll(received).toBe(sumOut(counted));
});

it("COST-1: pipelined requests count each byte once", async () => {
  const { counted, port } = await opened();
  const texts = ["alice", "bob"].map((name) => request(`/v1/customers/${name}/balance`, `customer:${name}`));
  const { socket, received } = open(port);
  socket.write(texts.join(""));
  await expect.poll(() => counted.length).toBe(2);
  await expect.poll(received).toBe(sumOut(counted));
  expect(counted.map(([customer]) => customer)).toEqual(["alice", "bob"]);
  expect(counted.reduce((sum, [, bytesIn]) => sum + bytesIn, 0)).toBe(texts.join("").length);
});
