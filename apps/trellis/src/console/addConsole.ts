import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import files from "@fastify/static";
import { createTrustedAgent } from "@trellis/crypto/tls";
import { Admission, isFromThisMachine, namesThisMachine } from "@trellis/platform/admission";
import { authErrors } from "@trellis/platform/auth";
import { httpErrors } from "@trellis/platform/http";
import { forwardedName, type ListenerTls } from "@trellis/platform/tls";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { addDevelopmentSignIn, type DevelopmentSignIn } from "./addDevelopmentSignIn.ts";
import { isConsolePage } from "./consolePages.ts";
import { forwardTo } from "./forwardTo.ts";

const BUILT = fileURLToPath(new URL("../../../console/dist/", import.meta.url));
const VERIFIER = fileURLToPath(new URL("../../../verifier/dist/", import.meta.url));
const ASSETS_MAX_AGE_S = 31_536_000;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Content security policy of web workers, which read untrusted files. */
const FILE_POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'";

/** `settings`: the node has runtime settings. */
export type ConsolePart = "chain" | "settings" | "reserves" | "arbitrage" | "backup";

export interface ReachedRpc {
  readonly url: string;
  readonly hosts: readonly string[];
  readonly tls?: ListenerTls | undefined;
}

interface ConsolePorts {
  readonly parts: readonly ConsolePart[];
  readonly rpc?: ReachedRpc;
  readonly development?: DevelopmentSignIn;
}

export async function addConsole(server: FastifyInstance, options: ConsolePorts): Promise<void> {
  const { parts, rpc, development } = options;
  if (rpc !== undefined) await addRpc(server, rpc);
  if (development !== undefined) addDevelopmentSignIn(server, development);
  if (!existsSync(join(BUILT, "index.html"))) return;
  const facts = { parts, isDevelopment: development !== undefined };
  await server.register(files, {
    root: join(BUILT, "assets"),
    prefix: "/assets/",
    index: false,
    immutable: true,
    maxAge: ASSETS_MAX_AGE_S * 1_000,
    setHeaders: (reply) => reply.header("content-security-policy", FILE_POLICY),
  });
  server.get("/icon.svg", (_, reply) => reply.type("image/svg+xml").sendFile("icon.svg", BUILT));
  if (parts.includes("reserves")) {
    server.get("/verify-proof.mjs", (_, reply) => reply.sendFile("verify-proof.mjs", VERIFIER));
  }
  // All pages share one document, which shows a notice for unknown URLs.
  server.get("/*", async (request, reply) => {
    const isThere = isConsolePage(pathOf(request));
    if (!isForPage(request, isThere)) throw httpErrors.NOT_FOUND();
    // Not cached, because the page names scripts by a hash of their content.
    const page = withFacts(await readFile(join(BUILT, "index.html"), "utf8"), facts);
    return reply
      .code(isThere ? 200 : 404)
      .header("content-security-policy", POLICY)
      .header("referrer-policy", "no-referrer")
      .header("cache-control", "no-cache")
      .type("text/html; charset=utf-8")
      .send(page);
  });
}

/** Forwarded connections are local, so a header marks requests of remote clients. [RPC-21] */
async function addRpc(server: FastifyInstance, { url, hosts, tls }: ReachedRpc): Promise<void> {
  const admission = new Admission({ origins: [], hosts });
  const proxyMark = (request: IncomingMessage): IncomingHttpHeaders => {
    const isOurs = isFromThisMachine(request) && namesThisMachine(request.headers.host ?? "");
    if (isOurs) return {};
    const hops = [request.headers["x-forwarded-for"], request.socket.remoteAddress];
    const chain = hops.filter((hop) => hop !== undefined).join(", ");
    return { via: "1.1 trellis", "x-forwarded-for": chain };
  };
  await forwardTo(server, {
    prefixes: ["/rpc", "/rpc/"],
    strip: "/rpc",
    target: () => url,
    // The certificate does not contain the address; its key identifies this process.
    ...(tls !== undefined && { agent: createTrustedAgent(tls) }),
    check: (request) => checkSite(request, admission),
    headersOf(request) {
      const { origin: _, ...headers } = request.headers;
      return {
        ...headers,
        host: new URL(url).host,
        ...proxyMark(request),
        ...forwardedName(request.socket),
      };
    },
  });
}

/** Clients that accept any type receive only existing pages. */
function isForPage({ headers: { accept = "*/*" } }: FastifyRequest, isThere: boolean): boolean {
  return accept.includes("text/html") || (accept.includes("*/*") && isThere);
}

function pathOf({ url }: FastifyRequest): string {
  const [path = ""] = url.split("?");
  return path;
}

function withFacts(page: string, facts: object): string {
  const content = JSON.stringify(facts).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return page.replace("</head>", () => `<meta name="trellis" content="${content}" /></head>`);
}

const OWN_SITES: ReadonlySet<unknown> = new Set(["same-origin", "none"]);

/** Refuses pages of other origins, and DNS rebinding. [RPC-19] */
function checkSite({ headers }: IncomingMessage, admission: Admission): void {
  const { origin, host, "sec-fetch-site": site } = headers;
  const isOwnOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  // Browsers send Sec-Fetch-Site even without Origin. Programs send neither.
  const isOwn = isOwnOrigin && (site === undefined || OWN_SITES.has(site));
  if (!isOwn || !admission.admitsHost(host)) throw authErrors.CROSS_SITE_REQUEST({ origin, host });
}
