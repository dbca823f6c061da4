import { Agent } from "node:https";
import type { Socket } from "node:net";
import { type ConnectionOptions, connect, type SecureVersion, type TLSSocket } from "node:tls";
import { tlsErrors } from "./errors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Trust } from "./Trust.ts";
import { untrustedPeer } from "./untrustedPeer.ts";

export interface TrustedAgentOptions {
  readonly connectionsMax?: number;
  readonly versionMin?: SecureVersion;
}

const CONNECTIONS_MAX = 64;

/** Fails with TLS_PEER_UNTRUSTED before sending a request. Reads `trust` for each new connection. */
export function createTrustedAgent(
  trust: Trust,
  { connectionsMax = CONNECTIONS_MAX, versionMin = "TLSv1.2" }: TrustedAgentOptions = {},
): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  agent.createConnection = (options, callback) => {
    const place = { host: String(options.host ?? "localhost"), port: Number(options.port ?? 443) };
    const socket = connect({ ...place, ...optionsOf(trust, place.host), minVersion: versionMin });
    const fail = (error: Error) =>
      callback?.(untrustedPeer(error, place.host) ?? error, socket as Socket as never);
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      const problem = problemOf(socket, trust, place.host);
      if (problem === undefined) return callback?.(null, socket as never);
      socket.on("error", () => {});
      socket.destroy();
      return callback?.(problem, socket as never);
    });
    return undefined as never;
  };
  return agent;
}

function optionsOf({ authority, pins = [], certificate, key }: Trust, host: string): ConnectionOptions {
  const isNamed = !/^[0-9.]+$|:/.test(host);
  return {
    ...(certificate !== undefined && key !== undefined && { cert: certificate, key }),
    ...(authority !== undefined && { ca: authority }),
    ...(authority === undefined && pins.length > 0 && { rejectUnauthorized: false }),
    ...(isNamed && { servername: host }),
  };
}

function problemOf(socket: TLSSocket, { pins = [] }: Trust, host: string): Error | undefined {
  const { valid_to: validTo } = socket.getPeerCertificate();
  if (!(Date.parse(validTo) > Date.now()))
    return tlsErrors.TLS_PEER_UNTRUSTED({ host, reason: "expired", validTo });
  if (pins.length === 0) return undefined;
  const seen = fingerprintOf(socket.getPeerX509Certificate()!.publicKey);
  return pins.includes(seen) ? undefined : tlsErrors.TLS_PEER_UNTRUSTED({ host, reason: "other key", seen });
}
