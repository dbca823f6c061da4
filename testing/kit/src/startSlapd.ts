import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./freePort.ts";

export interface TestDirectory {
  /** On 127.0.0.1 and 127.0.0.2, with StartTLS. */
  readonly port: number;
  readonly tlsPort: number;
  stop(): Promise<void>;
}

export const DIRECTORY = {
  baseDn: "ou=people,dc=example,dc=org",
  /** Only this entry may search. */
  searcher: { dn: "cn=search,dc=example,dc=org", password: "Canary-Search-4711" },
  people: {
    ann: "Canary-Ann-4711",
    bob: "Canary-Bob-4711",
    eve: "Canary-Eve-4711",
    "w(e*i)r\\d": "Canary-Weird-4711",
  },
  groups: {
    /** Member: Ann. */
    admins: "cn=Staff\\, admins,ou=groups,dc=example,dc=org",
    /** Members: Ann and Bob, by uniqueMember. */
    operators: "cn=operators,ou=groups,dc=example,dc=org",
    /** Member: w(e*i)r\d. */
    auditors: "cn=auditors,ou=groups,dc=example,dc=org",
    /** Member: Eve, by memberUid. */
    posix: "cn=posix,ou=groups,dc=example,dc=org",
  },
} as const;

const SCHEMAS = "/etc/ldap/schema";
const MODULES = "/usr/lib/ldap";
const START_MS_MAX = 60_000;

/** @param identity PEM of certificate and key */
export async function startSlapd(identity: {
  readonly certificate: string;
  readonly key: string;
}): Promise<TestDirectory | { readonly reason: string }> {
  const slapd = ["/usr/sbin/slapd", "/usr/libexec/slapd"].find((path) => existsSync(path));
  if (slapd === undefined || !existsSync(SCHEMAS) || !existsSync(MODULES)) {
    const reason = "slapd is not installed";
    console.warn(`LDAP is not tested here: ${reason}`);
    return { reason };
  }
  const folder = mkdtempSync(join(tmpdir(), "trellis-slapd-"));
  const configuration = configure(folder, identity);
  execFileSync(join(slapd, "..", "slapadd"), ["-f", configuration, "-l", join(folder, "entries.ldif")]);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const urls = [
    `ldap://127.0.0.1:${port}/`,
    `ldap://127.0.0.2:${port}/`,
    `ldaps://127.0.0.1:${tlsPort}/`,
    `ldaps://127.0.0.2:${tlsPort}/`,
  ];
  const server = spawn(slapd, ["-d", "0", "-f", configuration, "-h", urls.join(" ")], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const ending = (): void => void server.kill("SIGKILL");
  process.once("exit", ending);
  const stop = async (): Promise<void> => {
    process.off("exit", ending);
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([answers(tlsPort), ended.then(() => Promise.reject(new Error("slapd ended")))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, tlsPort, stop };
}

function configure(folder: string, { certificate, key }: { certificate: string; key: string }): string {
  const inside = (name: string): string => join(folder, name);
  mkdirSync(inside("data"));
  writeFileSync(inside("server.pem"), certificate);
  writeFileSync(inside("server.key"), key, { mode: 0o600 });
  writeFileSync(inside("entries.ldif"), entries());
  const lines = [
    ...["core", "cosine", "nis", "inetorgperson"].map((name) => `include ${SCHEMAS}/${name}.schema`),
    `modulepath ${MODULES}`,
    "moduleload back_mdb",
    `pidfile ${inside("pid")}`,
    `TLSCertificateFile ${inside("server.pem")}`,
    `TLSCertificateKeyFile ${inside("server.key")}`,
    "database mdb",
    'suffix "dc=example,dc=org"',
    `directory ${inside("data")}`,
    "access to attrs=userPassword by anonymous auth by * none",
    `access to * by dn.exact="${DIRECTORY.searcher.dn}" read by anonymous auth by * none`,
  ];
  writeFileSync(inside("slapd.conf"), `${lines.join("\n")}\n`);
  return inside("slapd.conf");
}

type Entry = Readonly<Record<string, string | readonly string[]>> & { readonly dn: string };

function entries(): string {
  const { searcher, groups, people } = DIRECTORY;
  const dnOf = (name: string): string => `uid=${name.replaceAll("\\", "\\\\")},${DIRECTORY.baseDn}`;
  const person = (uid: string, dn: string, password?: string): Entry => ({
    dn,
    objectClass: "inetOrgPerson",
    uid,
    cn: uid,
    sn: uid,
    ...(password !== undefined && { userPassword: password }),
  });
  const all: Entry[] = [
    { dn: "dc=example,dc=org", objectClass: ["dcObject", "organization"], dc: "example", o: "Example" },
    {
      dn: searcher.dn,
      objectClass: ["organizationalRole", "simpleSecurityObject"],
      cn: "search",
      userPassword: searcher.password,
    },
    ...["people", "groups"].map((ou) => ({
      dn: `ou=${ou},dc=example,dc=org`,
      objectClass: "organizationalUnit",
      ou,
    })),
    { dn: `ou=guests,${DIRECTORY.baseDn}`, objectClass: "organizationalUnit", ou: "guests" },
    ...Object.entries(people).map(([uid, password]) => person(uid, dnOf(uid), password)),
    person("without", dnOf("without")),
    person("twin", dnOf("twin"), "Canary-Twin-4711"),
    person("twin", `uid=twin,ou=guests,${DIRECTORY.baseDn}`, "Canary-Twin-4711"),
    { dn: groups.admins, objectClass: "groupOfNames", cn: "Staff, admins", member: dnOf("ann") },
    {
      dn: groups.operators,
      objectClass: "groupOfUniqueNames",
      cn: "operators",
      uniqueMember: [dnOf("ann"), dnOf("bob")],
    },
    { dn: groups.auditors, objectClass: "groupOfNames", cn: "auditors", member: dnOf("w(e*i)r\\d") },
    { dn: groups.posix, objectClass: "posixGroup", cn: "posix", gidNumber: "1", memberUid: "eve" },
  ];
  const lines = (entry: Entry): string[] =>
    Object.entries(entry).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  return all.map((entry) => `${lines(entry).join("\n")}\n`).join("\n");
}

async function answers(port: number): Promise<void> {
  for (const deadline = performance.now() + START_MS_MAX; performance.now() < deadline; ) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("slapd does not answer");
}
