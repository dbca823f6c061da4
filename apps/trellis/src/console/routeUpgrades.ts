import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";

/** A connection whose request asks for another protocol. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client sent behind its request. */
  readonly head: Buffer;
}

type Upgrades = WeakMap<IncomingMessage, Upgrade>;

/** A server has one listener, however many of its routes take upgrades. */
const routed = new WeakMap<Server, Upgrades>();

/**
 * Requests for an upgrade go through the server's routes as others do: hooks check them, and what no route takes over is
 * answered and cut. Gives the upgrade of a request, if it asks for one. The connections end with the server.
 */
export function routeUpgrades(server: FastifyInstance): (request: IncomingMessage) => Upgrade | undefined {
  const upgrades = routed.get(server.server) ?? listen(server);
  return (request) => upgrades.get(request);
}

function listen(server: FastifyInstance): Upgrades {
  const upgrades: Upgrades = new WeakMap();
  const open = new Set<Duplex>();
  server.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => open.delete(socket));
    upgrades.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.assignSocket(socket as IncomingMessage["socket"]);
    response.once("finish", () => socket.destroy());
    server.routing(request, response);
  });
  // An HTTP server waits for such connections, and ends none of them.
  server.addHook("preClose", async () => {
    for (const socket of open) socket.destroy();
  });
  routed.set(server.server, upgrades);
  return upgrades;
}
