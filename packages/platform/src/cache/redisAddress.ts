import type { RedisOptions } from "ioredis";
import { cacheErrors } from "./errors.ts";

const SENTINELS = /^(rediss?)\+sentinel:\/\/(?:([^@/]*)@)?([^@/?#]+)\/([^/?#]+)(?:\/(\d{1,5}))?$/;
const SENTINEL_PORT = 26_379;

type SentinelOptions = Pick<
  RedisOptions,
  | "sentinels"
  | "name"
  | "db"
  | "username"
  | "password"
  | "sentinelUsername"
  | "sentinelPassword"
  | "tls"
  | "enableTLSForSentinelMode"
  | "sentinelTLS"
>;

interface RedisAddress {
  readonly url?: string;
  readonly options: SentinelOptions;
}

/**
 * `redis://HOST:PORT/NUMBER`, or the Sentinels that know the current primary:
 * `redis+sentinel://[USER:PASSWORD@]HOST:PORT,HOST:PORT/NAME[/NUMBER]`. With `rediss`, all connections use
 * TLS. Servers and Sentinels share the password.
 * @throws REDIS_URL_INVALID
 */
export function redisAddress(text: string): RedisAddress {
  // ioredis accepts any text as a socket path, and would quote its password in errors.
  const { protocol } = URL.parse(text) ?? {};
  if (protocol === "redis:" || protocol === "rediss:") return { url: text, options: {} };
  const [, scheme, credentials = "", hosts = "", name = "", number = "0"] = SENTINELS.exec(text) ?? [];
  const addresses = hosts.split(",").map((host) => URL.parse(`redis://${host}`));
  if (scheme === undefined || addresses.some((address) => address === null || address.hostname === ""))
    throw cacheErrors.REDIS_URL_INVALID();
  const [username, password] = credentialsIn(credentials);
  return {
    options: {
      sentinels: addresses.map((address) => ({
        host: address!.hostname.replace(/^\[|\]$/g, ""),
        port: Number(address!.port || SENTINEL_PORT),
      })),
      name: decoded(name),
      db: Number(number),
      ...(username !== "" && { username, sentinelUsername: username }),
      ...(password !== "" && { password, sentinelPassword: password }),
      ...(scheme === "rediss" && { tls: {}, enableTLSForSentinelMode: true, sentinelTLS: {} }),
    },
  };
}

function credentialsIn(text: string): [username: string, password: string] {
  const [username = "", ...password] = text.split(":");
  return [decoded(username), decoded(password.join(":"))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw cacheErrors.REDIS_URL_INVALID();
  }
}
