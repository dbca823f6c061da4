import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import files from "@fastify/static";
import { Admission, isFromThisMachine, namesThisMachine } from "@trellis/platform/admission";
import { authErrors } from "@trellis/platform/auth";
import { httpErrors } from "@trellis/platform/http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { addDevelopmentSignIn, type DevelopmentSignIn } from "./addDevelopmentSignIn.ts";
import { isConsolePage } from "./consolePages.ts";
import { forwardTo } from "./forwardTo.ts";

/** What `npm ci` built of apps/console. */
const BUILT = fileURLToPath(new URL("../../../console/dist/", import.meta.url));
/** The verifier in one file, for customers who want no more than Node.js. */
const VERIFIER = fileURLToPath(new URL("../../../verifier/dist/", import.meta.url));
const ASSETS_MAX_AGE_S = 31_536_000;

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
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

/** Of what is no page: a worker obeys the policy that it came with itself, and those here read what nobody has checked. */
const FILE_POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'";

/** What stands behind an origin, each with its pages. */
export type ConsolePart = "chain" | "reserves" | "arbitrage";

export interface ReachedRpc {
  readonly url: string;
  /** Names by which requests may come, beside IP addresses; *: all. */
  readonly hosts: readonly string[];
}

interface ConsolePorts {
  readonly parts: readonly ConsolePart[];
  /** The node's JSON-RPC: it is reached as /rpc on the console's own origin. */
  readonly rpc?: ReachedRpc;
  /** On a devnet whoever opens the page is signed in. */
  readonly development?: DevelopmentSignIn;
}

/** Adds the web console and what it asks, on the origin of the server. */
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
  // Pages are made in the browser: each of their addresses is the same document. At other addresses it shows people
  // that there is no such page; a probe sees the status.
  server.get("/*", async (request, reply) => {
    const isThere = isConsolePage(pathOf(request));
    if (!isForPage(request, isThere)) throw httpErrors.NOT_FOUND();
    // It names its scripts by their content: one that was built since names others.
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

/**
 * Programs and the console's own pages are passed on, without the pages' Origin. For the node everybody who comes through
 * here comes from this machine: it is told who does not. [RPC-21]
 */
async function addRpc(server: FastifyInstance, { url, hosts }: ReachedRpc): Promise<void> {
  const admission = new Admission({ origins: [], hosts });
  const proxyMark = (request: IncomingMessage): { readonly via?: string } => {
    const isOurs = isFromThisMachine(request) && namesThisMachine(request.headers.host ?? "");
    return isOurs ? {} : { via: "1.1 trellis" };
  };
  await forwardTo(server, {
    ...{ prefixes: ["/rpc", "/rpc/"], strip: "/rpc", target: () => url },
    check: (request) => checkSite(request, admission),
    headersOf(request) {
      const { origin: _, ...headers } = request.headers;
      return { ...headers, host: new URL(url).host, ...proxyMark(request) };
    },
  });
}

/** Programs that take anything get a page too, where there is one. */
function isForPage({ headers: { accept = "*/*" } }: FastifyRequest, isThere: boolean): boolean {
  return accept.includes("text/html") || (accept.includes("*/*") && isThere);
}

function pathOf({ url }: FastifyRequest): string {
  const [path = ""] = url.split("?");
  return path;
}

/** What the page needs to know before it asks anything. */
function withFacts(page: string, facts: object): string {
  const content = JSON.stringify(facts).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return page.replace("</head>", () => `<meta name="trellis" content="${content}" /></head>`);
}

/** Of Sec-Fetch-Site: a page of this port, or what somebody typed. */
const OWN_SITES: ReadonlySet<unknown> = new Set(["same-origin", "none"]);

/**
 * A page of another origin must not speak through this one, nor one that had its own name resolve to this machine.
 * [RPC-19]
 * @throws CROSS_SITE_REQUEST
 */
function checkSite({ headers }: IncomingMessage, admission: Admission): void {
  const { origin, host, "sec-fetch-site": site } = headers;
  const isOwnOrigin = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  // Programs send none of the two; browsers send this one also where they leave the origin out.
  const isOwn = isOwnOrigin && (site === undefined || OWN_SITES.has(site));
  if (!isOwn || !admission.admitsHost(host)) throw authErrors.CROSS_SITE_REQUEST({ origin, host });
}
