import { matching, path, port, toggle } from "../../config/index.ts";
import { listenHost } from "./listenHost.ts";
import { reference } from "./reference.ts";

/** References are `env:NAME`, `file:PATH` or empty. */
export interface ServiceSettings {
  readonly dataDir: string;
  /** Reference to a PostgreSQL URL; empty: the embedded database. */
  readonly database: string;
  readonly host: string;
  readonly port: number;
  /** Reference; empty: in the data directory. */
  readonly keyFrom: string;
  readonly adminKeyFrom: string;
  readonly url: string;
  readonly apiKeyFrom: string;
  readonly json: boolean;
}

export function serviceSettings(name: string, usualPort: number) {
  return {
    dataDir: {
      type: path,
      default: `.trellis/${name}`,
      value: "DIR",
      summary: "where keys are kept, and the embedded database",
    },
    database: reference("where the address of a PostgreSQL server is; the embedded database when not given"),
    host: listenHost("the address to listen on"),
    port: {
      type: port,
      default: usualPort,
      value: "N",
      summary: "port of the API, /health, /ready and /metrics; 0: any free one",
    },
    keyFrom: reference(
      "where the service's key is, 64 hexadecimal digits; kept in --data-dir when not given",
    ),
    adminKeyFrom: reference("an API key to take over as admin; the first start makes one when not given"),
    url: {
      type: matching(
        /^https?:\/\/[^\s?#]*[^\s?#/]$/,
        "an http:// or https:// address without a slash at its end",
      ),
      default: `http://127.0.0.1:${usualPort}`,
      value: "URL",
      summary: "the service to talk to",
    },
    apiKeyFrom: reference("where the API key is, env:NAME or file:PATH; asked for when not given"),
    json: { type: toggle, default: false, summary: "print JSON" },
  } as const;
}
