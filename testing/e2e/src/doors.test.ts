import { once } from "node:events";
import { connect } from "node:tls";
import { generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ADMIN_KEY } from "./arbitrage/ArbitrageService.ts";
import { type Answer, DoorClient, type Headers, sharedToken, signer } from "./doors/DoorClient.ts";
import { DIRECT, DoorProcesses, FORWARDED, type NodePrincipal, nodeKey } from "./doors/DoorProcesses.ts";
import { eventually } from "./eventually.ts";

const KINDS = [
  "anonymous",
  "API key",
  "token of an issuer",
  "token of a shared secret",
  "client certificate",
  "signed request",
  "browser session",
] as const;
type Kind = (typeof KINDS)[number];

/** `cut`: the connection closes without an answer. */
type Outcome =
  | "allowed"
  | "forbidden"
  | "unauthenticated"
  | "limited"
  | "banned"
  | "cut"
  | `status ${number}`;
/** `weaker`: credential of a principal without the permission. */
type Form = "own" | "weaker" | "forged";

interface Door {
  readonly name: string;
  readonly as: NodePrincipal | "reserves" | "arbitrage" | "console";
  readonly takes: readonly Kind[];
  /** Outcome for other kinds of credentials, which are treated as anonymous or refused. */
  readonly otherwise: Outcome;
  readonly ifSigned?: Outcome;
  readonly addresses: typeof DIRECT;
  readonly url: () => string;
  call(client: DoorClient, kind: Kind, text: string): Promise<Outcome>;
  exceed(client: DoorClient, kind: Kind, text: string): Promise<Outcome>;
}

const doors = new DoorProcesses();
const clients: DoorClient[] = [];
const sessions = new Map<string, string>();
const apiKeys = new Map<string, string>();

const rpcBody = (method: string): string => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] });
const BY_RIGHTS = "txpool_status";
const methodOf = (kind: Kind): string => (kind === "anonymous" ? "eth_chainId" : "net_version");

function outcomeOf({ status, text }: Answer): Outcome {
  if (status < 300) return "allowed";
  if (status === 401) return "unauthenticated";
  if (status === 429) return "limited";
  if (status === 403) return text.includes("ADDRESS_REFUSED") ? "banned" : "forbidden";
  return `status ${status}`;
}

const rpcOver = (url: () => string) => {
  const post = async (client: DoorClient, method: string): Promise<Outcome> =>
    outcomeOf(await client.send(url(), { method: "POST", body: rpcBody(method) }));
  return {
    url,
    call: (client: DoorClient, kind: Kind) => post(client, methodOf(kind)),
    exceed: (client: DoorClient) => post(client, BY_RIGHTS),
  };
};

const RPC_OUTCOMES: Readonly<Record<number, Outcome>> = { [-32_001]: "forbidden", [-32_005]: "limited" };
const sockets = new Map<DoorClient, WebSocket>();

async function askSocket(client: DoorClient, method: string): Promise<Outcome> {
  const opened = sockets.get(client) ?? (await client.open(doors.node.wsUrl));
  if (!(opened instanceof WebSocket)) return opened === 401 ? "unauthenticated" : "banned";
  sockets.set(client, opened);
  opened.send(rpcBody(method));
  const [data] = await once(opened, "message");
  const { error } = JSON.parse(String(data)) as { readonly error?: { readonly code: number } };
  return error === undefined ? "allowed" : (RPC_OUTCOMES[error.code] ?? `status ${error.code}`);
}

const restOver = (url: () => string, open: string, posted: string) => {
  const get = async (client: DoorClient, path: string): Promise<Outcome> =>
    outcomeOf(await client.send(`${url()}${path}`));
  return {
    url: () => `${url()}${posted}`,
    call: (client: DoorClient, kind: Kind) => get(client, kind === "anonymous" ? open : "/v1/me"),
    exceed: (client: DoorClient) => get(client, "/v1/api-keys"),
  };
};

const reservesUrl = (): string => doors.reserves.ready.url;
const cookieOf = ({ headers }: Answer): string => headers["set-cookie"]?.[0]?.split(";")[0] ?? "";

function signIn(client: DoorClient, url: string, text: string): Promise<Answer> {
  const body = JSON.stringify({ apiKey: text });
  return client.send(`${url}/v1/auth/session`, { method: "POST", body, headers: { origin: url } });
}

async function useConsole(client: DoorClient, kind: Kind, text: string): Promise<Outcome> {
  const url = reservesUrl();
  const page = await client.send(`${url}/`, { headers: { accept: "text/html" } });
  if (page.status !== 200) return outcomeOf(page);
  expect(page.text).toContain('<meta name="trellis"');
  const isVisitor = kind === "anonymous" || kind === "browser session";
  const signedIn = isVisitor ? undefined : await signIn(client, url, text);
  if (signedIn !== undefined && signedIn.status !== 204) return outcomeOf(signedIn);
  const cookie = signedIn === undefined ? {} : { cookie: cookieOf(signedIn) };
  const session = await client.send(`${url}/v1/auth/session`, { headers: cookie });
  if (session.status !== 200) return outcomeOf(session);
  const { principal } = JSON.parse(session.text) as { readonly principal: object | null };
  return (principal === null) === (kind === "anonymous") ? "allowed" : "unauthenticated";
}

async function exceedConsole(client: DoorClient, kind: Kind, text: string): Promise<Outcome> {
  const url = reservesUrl();
  const cookie = kind === "API key" ? { cookie: cookieOf(await signIn(client, url, text)) } : {};
  return outcomeOf(await client.send(`${url}/v1/api-keys`, { headers: cookie }));
}

const askOperations = async (client: DoorClient): Promise<Outcome> =>
  outcomeOf(await client.send(`${doors.node.httpUrl}/node/v1/operations/guard`));

const NODE_TAKES = KINDS.slice(1, 6);
const REST_TAKES = [KINDS[0], KINDS[1], KINDS[2], KINDS[5], KINDS[6]];
const RPC_DOOR = {
  takes: KINDS.slice(0, 5),
  otherwise: "forbidden",
  ifSigned: "unauthenticated",
  addresses: FORWARDED,
} as const;
const REST_DOOR = { takes: REST_TAKES, otherwise: "unauthenticated", addresses: FORWARDED } as const;
const DOORS: readonly Door[] = [
  {
    name: "JSON-RPC over HTTP",
    as: "http",
    ...RPC_DOOR,
    takes: KINDS.slice(0, 6),
    ...rpcOver(() => doors.node.rpcUrl),
  },
  {
    name: "JSON-RPC over WebSocket",
    as: "ws",
    ...RPC_DOOR,
    url: () => doors.node.wsUrl,
    call: (client, kind) => askSocket(client, methodOf(kind)),
    exceed: (client) => askSocket(client, BY_RIGHTS),
  },
  {
    name: "JSON-RPC through the service port",
    as: "rpc",
    ...RPC_DOOR,
    ...rpcOver(() => `${doors.node.httpUrl}/rpc`),
  },
  {
    name: "service port",
    as: "service",
    takes: NODE_TAKES,
    otherwise: "unauthenticated",
    addresses: DIRECT,
    url: () => `${doors.node.httpUrl}/node/v1/operations/guard/bans`,
    call: askOperations,
    exceed: askOperations,
  },
  {
    name: "REST of reserves",
    as: "reserves",
    ...REST_DOOR,
    ...restOver(reservesUrl, "/v1/snapshots", "/v1/customers"),
  },
  {
    name: "REST of arbitrage",
    as: "arbitrage",
    ...REST_DOOR,
    ...restOver(() => doors.arbitrage.ready.url, "/v1/health", "/v1/kill"),
  },
  {
    name: "console",
    as: "console",
    takes: ["anonymous", "API key", "browser session"],
    otherwise: "unauthenticated",
    addresses: FORWARDED,
    url: () => `${reservesUrl()}/v1/auth/session`,
    call: useConsole,
    exceed: exceedConsole,
  },
];

interface Cell {
  readonly door: Door;
  readonly kind: Kind;
  readonly index: number;
}
const CELLS: readonly Cell[] = DOORS.flatMap((door) => KINDS.map((kind) => ({ door, kind }))).map(
  (cell, index) => ({ ...cell, index }),
);
const shown = (cells: readonly Cell[]) =>
  cells.map((cell): [string, string, Cell] => [cell.door.name, cell.kind, cell]);
const TAKEN = CELLS.filter(({ door, kind }) => door.takes.includes(kind));
const KEYED = CELLS.filter(({ kind }) => kind === "API key");
const POSTED = KEYED.filter(({ door }) => door.as !== "ws");

interface Shown {
  readonly headers?: (request: { method: string; url: string; body?: string | undefined }) => Headers;
  readonly identity?: { readonly certificate: string; readonly key: string };
  readonly text?: string;
}

const bearer = (text: string): Shown => ({ headers: () => ({ authorization: `Bearer ${text}` }), text });

async function credentialsOf({ door, kind }: Cell, form: Form): Promise<Shown> {
  const as = form === "weaker" ? "http" : door.as;
  const isForged = form === "forged";
  const service = as === "arbitrage" ? "arbitrage" : "reserves";
  const permissions = as === "service" ? ["admin:guard"] : ["net:*"];
  const claims = { sub: `${as} ${form}`, role: "operator", permissions };
  switch (kind) {
    case "anonymous":
      return {};
    case "API key":
      return bearer(`${apiKeys.get(as) ?? nodeKey(as)}${isForged ? "x" : ""}`);
    case "token of an issuer": {
      const key = isForged ? { key: (await generateKeyPair("ES256")).privateKey } : {};
      return bearer(await doors.provider.token({ claims, ...key }));
    }
    case "token of a shared secret":
      return bearer(sharedToken(isForged ? Buffer.alloc(32) : doors.jwtSecret, claims));
    case "client certificate":
      return { identity: await doors.certificate(as, isForged ? doors.stranger : doors.authority) };
    case "signed request": {
      const id = as === "http" || as === "service" ? as : service;
      return { headers: isForged ? signer(id) : signer(id, doors.serviceKey(id).privateKey) };
    }
    case "browser session": {
      const cookie = sessions.get(as) ?? sessions.get("reserves")!;
      return { headers: () => ({ cookie: isForged ? cookie.replace(/.{8}$/, "AAAAAAAA") : cookie }) };
    }
  }
}

async function clientOf(cell: Cell, form: Form, address: string): Promise<[DoorClient, string]> {
  const { headers = () => ({}), identity, text = "none" } = await credentialsOf(cell, form);
  const { certificate: authority } = doors.authority;
  const client = new DoorClient({ authority, address, identity, credentials: headers });
  clients.push(client);
  return [client, text];
}

const addressOf = ({ door: { addresses }, index }: Cell, isBanned = false): string =>
  `${isBanned ? addresses.banned : addresses.others}${index + 1}`;

async function ask(
  cell: Cell,
  what: "call" | "exceed",
  {
    form = "own",
    address = addressOf(cell),
    times = 1,
  }: { form?: Form; address?: string; times?: number } = {},
): Promise<Outcome> {
  const [client, text] = await clientOf(cell, form, address);
  let outcome: Outcome = "allowed";
  for (let time = 0; time < times && outcome === "allowed"; time++)
    outcome = await cell.door[what](client, cell.kind, text).catch((error: unknown) => cutOr(error));
  return outcome;
}

function cutOr(error: unknown): Outcome {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ECONNRESET" || code === "EPIPE") return "cut";
  throw error;
}

/** JSON-RPC refuses a batch with HTTP status 200. */
const refusalOf = (answer: Answer): Outcome =>
  answer.text.includes('"code":-32600') ? "status 400" : outcomeOf(answer);

const HEAD = "HTTP/1.1\r\nhost: localhost\r\n";
const SLOW = {
  headers: { text: `GET / ${HEAD}x-slow: `, msMax: 25_000 },
  bodies: {
    text: `POST / ${HEAD}content-type: application/json\r\ncontent-length: 9999\r\n\r\n`,
    msMax: 80_000,
  },
};
type Slowness = keyof typeof SLOW;
let slow: readonly { readonly slowness: Slowness; readonly cutMs: Promise<number> }[] = [];

async function timeUntilCut(url: string, text: string): Promise<number> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), ca: doors.authority.certificate });
  const startMs = performance.now();
  socket.on("error", () => {}).resume();
  socket.write(text);
  const drip = setInterval(() => socket.write("x"), 1_000);
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(drip);
  return performance.now() - startMs;
}

const originOf = ({ door }: Cell): Headers =>
  door.as === "console" ? { origin: new URL(door.url()).origin } : {};

beforeAll(async () => {
  await doors.start();
  const urls = [doors.node.rpcUrl, doors.node.httpUrl, reservesUrl(), doors.arbitrage.ready.url];
  slow = (Object.keys(SLOW) as Slowness[]).flatMap((slowness) =>
    urls.map((url) => ({ slowness, cutMs: timeUntilCut(url, SLOW[slowness].text) })),
  );
  const admin = new DoorClient({
    authority: doors.authority.certificate,
    address: "127.0.0.1",
    credentials: bearer(ADMIN_KEY).headers!,
  });
  clients.push(admin);
  for (const [as, url] of [
    ["reserves", reservesUrl()],
    ["console", reservesUrl()],
    ["arbitrage", doors.arbitrage.ready.url],
  ] as const) {
    for (const name of [as, `${as} session`]) {
      const body = JSON.stringify({ name, role: "operator", scopes: ["*"] });
      const { text } = await admin.send(`${url}/v1/api-keys`, { method: "POST", body });
      apiKeys.set(name, (JSON.parse(text) as { readonly text: string }).text);
    }
    const visitor = new DoorClient({
      authority: doors.authority.certificate,
      address: "127.0.0.1",
      credentials: () => ({}),
    });
    clients.push(visitor);
    sessions.set(as, cookieOf(await signIn(visitor, url, apiKeys.get(`${as} session`)!)));
  }
});
afterAll(async () => {
  for (const client of clients) client.close();
  await doors.stop();
});

describe("every door, every kind of principal [GUARD-15]", () => {
  it.each(shown(CELLS))(
    "%s, %s: allowed, or refused where the door does not take it",
    async (_door, _kind, cell) => {
      const { takes, otherwise, ifSigned = otherwise } = cell.door;
      const refused = cell.kind === "signed request" ? ifSigned : otherwise;
      expect(await ask(cell, "call")).toBe(takes.includes(cell.kind) ? "allowed" : refused);
    },
  );

  it.each(shown(TAKEN))("%s, %s: refused beyond its permissions", async (_door, _kind, cell) => {
    const { door, kind } = cell;
    const isUnknown = kind === "anonymous" && door.otherwise === "unauthenticated";
    const form = door.as === "service" ? "weaker" : "own";
    expect(await ask(cell, "exceed", { form })).toBe(isUnknown ? "unauthenticated" : "forbidden");
  });

  it.each(shown(TAKEN.filter(({ kind }) => kind !== "anonymous")))(
    "%s, %s: refused if forged",
    async (_door, kind, cell) => {
      const refused = kind === "client certificate" ? "cut" : "unauthenticated";
      expect(await ask(cell, "call", { form: "forged" })).toBe(refused);
    },
  );

  describe("banned by an operator", () => {
    beforeAll(() => doors.guard("ban"));

    it.each(shown(TAKEN))("%s, %s: banned, and others are not", async (_door, _kind, cell) => {
      expect(await ask(cell, "call", { address: addressOf(cell, true) })).toBe("banned");
      expect(await ask(cell, "call")).toBe("allowed");
    });

    it.each(shown(KEYED.filter(({ door }) => door.addresses === FORWARDED)))(
      "%s, %s: banned also as IPv4-mapped IPv6, and in a longer chain",
      async (_door, _kind, cell) => {
        for (const address of [`::ffff:${addressOf(cell, true)}`, `203.0.113.1, ${addressOf(cell, true)}`])
          expect(await ask(cell, "call", { address })).toBe("banned");
      },
    );

    it("strangers name no client: a service ignores their X-Forwarded-For", async () => {
      const [cell] = KEYED.filter(({ door }) => door.as === "reserves");
      const [client] = await clientOf(cell!, "own", "127.9.1.1");
      const headers = { "x-forwarded-for": addressOf(cell!, true) };
      const answer = await client.send(`${reservesUrl()}/v1/me`, { headers });
      expect(answer.status).toBe(200);
    });
  });

  describe("unbanned", () => {
    beforeAll(() => doors.guard("unban"));

    it.each(shown(TAKEN))("%s, %s: recovered", async (_door, _kind, cell) => {
      expect(await ask(cell, "call", { address: addressOf(cell, true) })).toBe("allowed");
    });
  });

  it.each(shown(TAKEN))("%s, %s: limited", async (_door, _kind, cell) => {
    expect(await ask(cell, "call", { times: 250 })).toBe("limited");
  });

  describe("after raised limits and a SIGHUP", () => {
    beforeAll(() => doors.raiseLimits());

    it.each(shown(TAKEN))("%s, %s: recovered", async (_door, _kind, cell) => {
      await eventually(async () => (await ask(cell, "call")) === "allowed", 10_000);
    });
  });
});

describe("bad input at every door", () => {
  it.each(shown(POSTED))("%s, %s: bombs of headers and cookies", async (_door, _kind, cell) => {
    for (const name of ["x-bomb", "cookie"]) {
      const [client] = await clientOf(cell, "own", addressOf(cell));
      const bomb = client.send(cell.door.url(), { headers: { [name]: "a=b; ".repeat(20_000) } });
      expect(await bomb.then(outcomeOf, cutOr)).toBeOneOf(["status 431", "cut"]);
    }
    expect(await ask(cell, "call")).toBe("allowed");
  });

  it.each(shown(POSTED))("%s, %s: a list of 100,000 elements", async (_door, _kind, cell) => {
    const [client] = await clientOf(cell, "own", addressOf(cell));
    const body = JSON.stringify(Array(100_000).fill({ jsonrpc: "2.0", id: 1, method: "net_version" }));
    for (const list of [body, `[${"1,".repeat(99_999)}1]`]) {
      const request = { method: "POST", body: list, headers: originOf(cell) };
      const refused = await client.send(cell.door.url(), request).then(refusalOf, cutOr);
      expect(refused).toBeOneOf(["status 400", "status 413", "cut"]);
    }
    expect(await ask(cell, "call")).toBe("allowed");
  });

  it("JSON-RPC over WebSocket: a list of 100,000 elements", async () => {
    const [cell] = KEYED.filter(({ door }) => door.as === "ws");
    const [client] = await clientOf(cell!, "own", addressOf(cell!));
    const socket = (await client.open(doors.node.wsUrl)) as WebSocket;
    socket.send(`[${"1,".repeat(99_999)}1]`);
    const [data] = await once(socket, "message");
    expect(JSON.parse(String(data))).toMatchObject({ error: { code: -32_600 } });
    expect(await ask(cell!, "call")).toBe("allowed");
  });

  it.each(Object.keys(SLOW) as Slowness[])("slow %s are cut", async (slowness) => {
    const times = await Promise.all(
      slow.filter((one) => one.slowness === slowness).map(({ cutMs }) => cutMs),
    );
    expect(times).toHaveLength(4);
    for (const ms of times) expect(ms).toBeLessThan(SLOW[slowness].msMax);
  });
});
