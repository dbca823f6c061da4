import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { isTrellisError } from "@trellis/base";
import { DIRECTORY, startSlapd, type TestDirectory } from "@trellis/kit";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock, systemScheduler } from "../../system/index.ts";
import { trustInProcess } from "../../tls/index.ts";
import { TlsBench } from "../../tls/testing/TlsBench.ts";
import { createDirectoryProvider } from "./createDirectoryProvider.ts";
import type { DirectoryOptions } from "./DirectoryOptions.ts";
import { LOGIN_MS_MAX } from "./systemDirectory.ts";

const bench = new TlsBench();
const original = { check: tls.checkServerIdentity, authorities: tls.getCACertificates("default") };
let folder: string;

beforeAll(async () => {
  await bench.prepare();
  folder = await mkdtemp(join(tmpdir(), "trellis-directory-"));
  writeFileSync(join(folder, "ca.pem"), bench.authority.certificate);
});
afterEach(() => {
  tls.checkServerIdentity = original.check;
  tls.setDefaultCACertificates(original.authorities);
});
afterAll(() => rm(folder, { recursive: true }));

const trusting = (pins: readonly string[] = []) => trustInProcess({ caFile: join(folder, "ca.pem"), pins });

function open(url: string, change: Partial<DirectoryOptions> = {}, deadlineMs = LOGIN_MS_MAX) {
  const { baseDn, searcher, groups } = DIRECTORY;
  const scheduler = {
    after: (ms: number, task: () => void) =>
      systemScheduler.after(ms === LOGIN_MS_MAX ? deadlineMs : ms, task),
  };
  const options: DirectoryOptions = {
    url,
    baseDn,
    bindDn: searcher.dn,
    bindPassword: searcher.password,
    userFilter: "(uid={user})",
    userAttribute: "uid",
    memberFilter: "(|(member={dn})(uniqueMember={dn}))",
    roles: [
      { group: "cn=missing,dc=example,dc=org", role: "admin" },
      { group: "CN=Operators, OU=Groups, DC=example, DC=org", role: "operator" },
      { group: groups.auditors, role: "auditor" },
      { group: groups.admins, role: "admin" },
    ],
    ...change,
  };
  const provider = createDirectoryProvider(options, { clock: systemClock, scheduler });
  return (user: string, password: string) => provider.identify({ kind: "password", user, password });
}

async function outcome(login: Promise<unknown>): Promise<string> {
  try {
    return String((await login) === undefined);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return `${error.code}: ${error.facts.reason}`;
  }
}

const WRONG = "LOGIN_REFUSED: wrong user or password";
const unreachable = (reason: string) => `IDENTITY_PROVIDER_UNREACHABLE: ${reason}`;

describe("a directory [GUARD-13]", () => {
  let directory: TestDirectory | undefined;
  let reason: string | undefined;
  beforeAll(async () => {
    const hosts = ["localhost", "127.0.0.1", "127.0.0.2"];
    const started = await startSlapd(await bench.issueServer(hosts));
    if ("reason" in started) ({ reason } = started);
    else directory = started;
  });
  afterAll(() => directory?.stop());

  const real = (name: string, test: (server: TestDirectory) => Promise<void>) =>
    it(name, async ({ skip }) => {
      if (directory === undefined) return skip(reason);
      await test(directory);
    });

  const { people } = DIRECTORY;

  real(
    "identifies a person by name and password, with the strongest role of the groups",
    async ({ port }) => {
      const login = open(`ldap://127.0.0.1:${port}`);
      expect(await login("ann", people.ann)).toEqual({
        id: "user:ldap/ann",
        kind: "user",
        role: "admin",
        customerId: undefined,
        scopes: "all",
      });
      expect(await login("bob", people.bob)).toMatchObject({ id: "user:ldap/bob", role: "operator" });
      const weird = "w(e*i)r\\d";
      expect(await login(weird, people[weird])).toMatchObject({ id: `user:ldap/${weird}`, role: "auditor" });
    },
  );

  real("one person has one name, however it is written", async ({ port }) => {
    const login = open(`ldap://127.0.0.1:${port}`);
    for (const user of ["ANN", " ann "])
      expect(await login(user, people.ann)).toMatchObject({ id: "user:ldap/ann" });
  });

  real("groups may list names", async ({ port }) => {
    const { posix } = DIRECTORY.groups;
    const roles = [{ group: posix, role: "viewer" }] as const;
    const login = open(`ldap://127.0.0.1:${port}`, { roles, memberFilter: "(memberUid={user})" });
    expect(await login("EVE", people.eve)).toMatchObject({ id: "user:ldap/eve", role: "viewer" });
  });

  real(
    "LOGIN_REFUSED: wrong, empty and missing passwords, unknown, ambiguous and forged names",
    async ({ port }) => {
      const login = open(`ldap://127.0.0.1:${port}`);
      for (const [user, password] of [
        ["ann", people.bob],
        ["ann", ""],
        ["without", ""],
        ["without", "x"],
        ["nobody", people.ann],
        ["twin", "Canary-Twin-4711"],
        ["*", people.ann],
        ["ann)(uid=*", people.ann],
        ["", people.ann],
        ["a\0", people.ann],
        ["x".repeat(257), people.ann],
        ["\ud800", people.ann],
      ] as const)
        expect(await outcome(login(user, password)), user).toBe(WRONG);
      expect(await outcome(login("eve", people.eve))).toBe("LOGIN_REFUSED: in no group with a role");
    },
  );

  real("any name and password is refused, and never breaks the provider", async ({ port }) => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, text, async (user, password) => {
        expect(await outcome(open(`ldap://127.0.0.1:${port}`)(user, password))).toBe(WRONG);
      }),
      { numRuns: 20 },
    );
  });

  real(
    "RATE_LIMITED: the eleventh guess within a minute, under any spelling, also of unknown names",
    async ({ port }) => {
      const login = open(`ldap://127.0.0.1:${port}`);
      for (let tries = 0; tries < 10; tries++) {
        expect(await outcome(login(tries % 2 === 0 ? "ann" : "Ann", "guess"))).toBe(WRONG);
        expect(await outcome(login("nobody", "guess"))).toBe(WRONG);
      }
      expect(await outcome(login("ann", people.ann))).toMatch(/^RATE_LIMITED/);
      expect(await outcome(login("nobody", "guess"))).toMatch(/^RATE_LIMITED/);
      expect(await login("bob", people.bob)).toMatchObject({ role: "operator" });
    },
  );

  real(
    "IDENTITY_PROVIDER_UNREACHABLE: an account that may not search, or a base that does not exist",
    async ({ port }) => {
      const url = `ldap://127.0.0.1:${port}`;
      expect(await outcome(open(url, { bindPassword: "wrong" })("ann", people.ann))).toBe(
        unreachable("the directory rejects the search account"),
      );
      const anonymous = open(url, { bindDn: "", bindPassword: "" });
      expect(await outcome(anonymous("ann", people.ann))).toMatch(
        /^IDENTITY_PROVIDER_UNREACHABLE: LDAP result code \d+$/,
      );
    },
  );

  real("ldaps and StartTLS, with the authorities and pins of the process", async ({ port, tlsPort }) => {
    const urls = [`ldaps://127.0.0.1:${tlsPort}`, `ldaps://localhost:${tlsPort}`, `ldap://127.0.0.2:${port}`];
    for (const url of urls)
      expect(await outcome(open(url)("ann", people.ann)), url).toBe(unreachable("unknown authority"));
    trusting();
    for (const url of urls) expect(await open(url)("ann", people.ann), url).toMatchObject({ role: "admin" });
    trusting([`127.0.0.2=sha256/${"A".repeat(43)}=`]);
    expect(await outcome(open(`ldap://127.0.0.2:${port}`)("ann", people.ann))).toBe(unreachable("other key"));
  });

  real(
    "IDENTITY_PROVIDER_UNREACHABLE: a cut connection is not opened again, without TLS",
    async ({ port }) => {
      trusting();
      for (const flights of [2, 3, 4, 5]) {
        let connections = 0;
        const cut = await listen((client) => {
          connections += 1;
          let left = flights;
          const upstream = connect(port, "127.0.0.2");
          sockets.add(upstream);
          client.on("data", (bytes) => upstream.write(bytes)).once("close", () => upstream.destroy());
          upstream
            .on("error", () => {})
            .on("data", (bytes) => {
              client.write(bytes);
              if (--left === 0) client.end();
            });
        });
        expect(await outcome(open(`ldap://127.0.0.2:${cut}`, {}, 2_000)("ann", people.ann))).toMatch(
          /^IDENTITY_PROVIDER_UNREACHABLE: /,
        );
        expect(connections).toBe(1);
      }
    },
  );

  real("an answer that is injected before StartTLS logs nobody in", async ({ port }) => {
    trusting();
    const bind = [0x61, 7, 10, 1, 0, 4, 0, 4, 0];
    for (const injected of [
      [0x30, 12, 2, 1, 2, ...bind],
      // The diagnostic message includes the bytes that follow the injected ones.
      [0x30, 26, 2, 1, 2, 0x61, 21, 10, 1, 0, 4, 0, 4, 14],
      [0x30, 24, 2, 1, 3, 0x61, 19, 10, 1, 0, 4, 0, 4, 14],
    ]) {
      const tampered = await relay(port, Uint8Array.from(injected));
      expect(await outcome(open(`ldap://127.0.0.2:${tampered}`, {}, 2_000)("ann", people.ann))).toMatch(
        /^IDENTITY_PROVIDER_UNREACHABLE: /,
      );
    }
  });
});

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function relay(port: number, injected: Uint8Array): Promise<number> {
  return listen((client) => {
    const upstream = connect(port, "127.0.0.2");
    sockets.add(upstream);
    upstream.on("error", () => {}).once("close", () => client.destroy());
    client.once("close", () => upstream.destroy());
    client.on("data", (bytes) => upstream.write(bytes));
    upstream.once("data", (answer: Buffer) => {
      client.write(Buffer.concat([answer, injected]));
      upstream.on("data", (bytes) => client.write(bytes));
    });
  });
}

const STARTED = Buffer.from([0x30, 12, 2, 1, 1, 0x78, 7, 10, 1, 0, 4, 0, 4, 0]);

describe("a directory that fails [GUARD-13]", () => {
  it.each([
    ["accepts and is silent", "ldap://127.0.0.1", () => {}],
    ["accepts and is silent, ldaps", "ldaps://127.0.0.1", () => {}],
    ["accepts and is silent, StartTLS", "ldap://127.0.0.2", () => {}],
    [
      "starts TLS and is silent",
      "ldap://127.0.0.2",
      (socket: Socket) => void socket.once("data", () => socket.write(STARTED)),
    ],
    [
      "sends a message without end",
      "ldap://127.0.0.1",
      (socket: Socket) =>
        void socket.once("data", () => socket.write(Buffer.from("30847fffffff020102", "hex"))),
    ],
  ])(
    "IDENTITY_PROVIDER_UNREACHABLE: %s; the connection is closed at the deadline",
    async (_, url, onSocket) => {
      const port = await listen((socket) => {
        socket.resume();
        onSocket(socket);
      });
      expect(await outcome(open(`${url}:${port}`, {}, 300)("ann", "guess"))).toBe(
        unreachable("no response in time"),
      );
      await expect.poll(() => sockets.size).toBe(0);
    },
  );

  it("IDENTITY_PROVIDER_UNREACHABLE: nobody listens, or what answers is no directory", async () => {
    expect(await outcome(open("ldap://127.0.0.1:9")("ann", "guess"))).toBe(unreachable("ECONNREFUSED"));
    for (const url of ["ldap://127.0.0.1", "ldap://127.0.0.2"]) {
      const closing = await listen((socket) => void socket.once("data", () => socket.end()));
      expect(await outcome(open(`${url}:${closing}`, {}, 2_000)("ann", "guess"))).toBe(
        unreachable("connection lost"),
      );
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
        const port = await listen((socket) => void socket.once("data", () => socket.end(bytes)));
        expect(await outcome(open(`ldap://127.0.0.1:${port}`, {}, 500)("ann", "guess"))).toMatch(
          /^(?:IDENTITY_PROVIDER_UNREACHABLE|LOGIN_REFUSED): /,
        );
      }),
      { numRuns: 30 },
    );
  });

  it("IDENTITY_PROVIDER_UNREACHABLE: at once for the 33rd login while 32 wait", async () => {
    const port = await listen((socket) => void socket.resume());
    const login = open(`ldap://127.0.0.1:${port}`, {}, 1_000);
    const waiting = Array.from({ length: 32 }, (_, index) => outcome(login(`u${index}`, "guess")));
    expect(await outcome(login("ann", "guess"))).toBe(
      unreachable("too many logins are waiting for the directory"),
    );
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([unreachable("no response in time")]));
  });

  it("CONFIG_INVALID_VALUE: a filter that cannot be read", () => {
    for (const change of [{ userFilter: "(uid={user}" }, { memberFilter: "(&({dn})" }])
      expect(() => open("ldap://127.0.0.1", change)).toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID_VALUE" }),
      );
  });
});
