import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { QueryObserver } from "@tanstack/react-query";
import { afterAll, expect, it, vi } from "vitest";
import { WebSocketServer } from "ws";

const LIMIT = { timeout: 60_000 };

let snapshotCount = 1;
const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  const items = Array.from({ length: snapshotCount }, (_, index) => ({ number: index + 1 }));
  response.end(JSON.stringify(request.url === "/v1/snapshots" ? { items, next: null } : {}));
});
const events = new WebSocketServer({ server, handleProtocols: () => "trellis.v1" });
server.listen(0, "127.0.0.1");
await once(server, "listening");

vi.stubGlobal("location", { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
const { queries } = await import("../../../live/node.ts");
const { client } = await import("./client.ts");
const { feed } = await import("./live.ts");
const { RESERVES } = await import("./useReserves.ts");

afterAll(() => {
  vi.unstubAllGlobals();
  events.close();
  server.close();
});

it("what happened while no event had been seen yet is asked for when events come again", async () => {
  const list = new QueryObserver(queries, {
    queryKey: [RESERVES, "listSnapshots", {}],
    queryFn: () => client.call("listSnapshots", {}),
  });
  const stopShowing = list.subscribe(() => {});
  const shownCount = () => list.getCurrentResult().data?.items.length;
  const first = once(events, "connection");
  const stopFollowing = feed.subscribe(() => {});
  const [socket] = await first;
  await vi.waitUntil(() => feed.snapshot().isOpen, LIMIT);
  await vi.waitUntil(() => shownCount() === 1 && queries.isFetching() === 0, LIMIT);

  const second = once(events, "connection");
  socket.close();
  await vi.waitUntil(() => !feed.snapshot().isOpen, LIMIT);
  snapshotCount = 2;
  await second;
  await vi.waitUntil(() => shownCount() === 2, LIMIT);
  expect(feed.snapshot()).toMatchObject({ isOpen: true, events: [] });
  stopFollowing();
  stopShowing();
});
