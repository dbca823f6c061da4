import { Link, Outlet, useMatches, useRouter } from "@tanstack/react-router";
import { Fragment, useEffect, useLayoutEffect, useRef, useState } from "react";
import { node, useConnection, useIsTold } from "../live/node.ts";
import { hosts } from "../origin.ts";
import { Account } from "../session/Account.tsx";
import type { Role } from "../session/SessionStore.ts";
import { useRole, useVisit } from "../session/session.ts";
import { currentTheme, toggleTheme } from "../theme/theme.ts";
import { Freshness, GoneBanner } from "../ui/Freshness.tsx";
import { titleOf } from "../ui/title.ts";
import { pageName } from "./pageName.ts";
import { Search } from "./Search.tsx";

const PAGES = [
  {
    group: "Chain",
    part: "chain",
    pages: [
      ["/", "Overview"],
      ["/dag", "DAG"],
      ["/blocks", "Blocks"],
      ["/mempool", "Mempool"],
      ["/tokens", "Tokens"],
      ["/validators", "Validators"],
      ["/governance", "Governance"],
      ["/shards", "Shards"],
      ["/streams", "Streams"],
      ["/mining", "Mining"],
      ["/peers", "Peers"],
      ["/account", "Your account"],
      ["/faucet", "Faucet"],
    ],
  },
  {
    group: "Reserves",
    part: "reserves",
    pages: [
      ["/reserves", "Reserves"],
      ["/mine", "Your balances", "customer"],
      ["/verify", "Verify a proof"],
      ["/reserves/customers", "Customers", "staff"],
      ["/reserves/ledger", "Ledger", "staff"],
      ["/reserves/snapshots", "Snapshots"],
      ["/reserves/holdings", "Attestations"],
      ["/reserves/incidents", "Reconciliation", "staff"],
      ["/reserves/log", "Transparency log"],
      ["/reserves/reports", "Reports", "staff"],
      ["/reserves/webhooks", "Webhooks", "operators"],
      ["/reserves/events", "Events", "anyone"],
    ],
  },
  {
    group: "Arbitrage",
    part: "arbitrage",
    pages: [
      ["/arbitrage", "Opportunities"],
      ["/arbitrage/results", "Profit and loss"],
      ["/arbitrage/risk", "Risk"],
      ["/arbitrage/market", "Market"],
      ["/arbitrage/wallets", "Wallets and gas"],
      ["/arbitrage/settings", "Trading limits"],
    ],
  },
  { group: "Backup", part: "backup", pages: [["/backups", "Backups"]] },
  {
    group: "Operations",
    pages: [
      ["/operations", "Health"],
      ["/operations/log", "Logs"],
      ["/operations/network", "Network"],
      ["/operations/jobs", "Jobs"],
      ["/operations/cost", "Cost", "anyone"],
      ["/operations/settings", "Settings"],
      ["/operations/access", "Users and sessions"],
      ["/operations/keys", "Keys"],
      ["/operations/guard", "Guard"],
      ["/operations/audit", "Audit log"],
    ],
  },
] as const;

type Audience = "customer" | "staff" | "operators" | "anyone";

const ROLES: Readonly<Record<Audience, readonly Role[]>> = {
  customer: ["customer"],
  staff: ["admin", "operator", "auditor"],
  operators: ["admin", "operator"],
  anyone: ["admin", "operator", "auditor", "customer"],
};

function isFor(audience: Audience | undefined, role: Role | undefined): boolean {
  return audience === undefined || (role !== undefined && ROLES[audience].includes(role));
}

const PARTS_OF: Readonly<Record<string, readonly string[]>> = {
  "/operations/network": ["chain"],
  "/operations/jobs": ["reserves"],
  "/operations/access": ["reserves", "arbitrage", "backup"],
  "/operations/keys": ["reserves", "arbitrage", "backup"],
  "/operations/audit": ["reserves", "arbitrage", "backup"],
};

function isHere(path: string): boolean {
  return PARTS_OF[path]?.some(hosts) ?? true;
}

const BEGINNINGS: readonly string[] = ["/", "/reserves", "/arbitrage", "/operations"];

export function Shell() {
  const [isOpen, setOpen] = useState(false);
  const role = useRole();
  const menu = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const close = ({ key }: KeyboardEvent): void => {
      if (key !== "Escape") return;
      setOpen(false);
      menu.current?.focus();
    };
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [isOpen]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <button
          ref={menu}
          type="button"
          className="menu"
          aria-expanded={isOpen}
          aria-controls="pages"
          onClick={() => setOpen(!isOpen)}
        >
          <span className="visually-hidden">Pages</span>☰
        </button>
        <Link to="/" className="brand">
          <img src="/icon.svg" alt="" width="26" height="26" /> Trellis
        </Link>
        {hosts("chain") && (
          <>
            <Search />
            <NodeFreshness />
          </>
        )}
        <Account />
        <ThemeButton />
      </header>
      <nav id="pages" className={isOpen ? "pages open" : "pages"} aria-label="Pages">
        {PAGES.filter((group) => !("part" in group) || hosts(group.part)).map(({ group, pages }) => (
          <section key={group} aria-label={group}>
            <h2>{group}</h2>
            {pages
              .filter(([to, , audience]) => isHere(to) && isFor(audience, role))
              .map(([to, name]) => (
                <Link
                  key={to}
                  to={to}
                  activeOptions={{ exact: BEGINNINGS.includes(to) }}
                  onClick={() => setOpen(false)}
                >
                  {name}
                </Link>
              ))}
          </section>
        ))}
      </nav>
      <Page />
    </div>
  );
}

function Page() {
  const router = useRouter();
  const main = useRef<HTMLElement>(null);
  const name = useMatches({ select: (matches) => pageName(matches.at(-1)) });
  // Runs before the page's effects, which can replace the title.
  useLayoutEffect(() => {
    document.title = titleOf(name);
  }, [name]);
  useEffect(
    () =>
      router.subscribe("onResolved", ({ fromLocation, pathChanged }) => {
        if (fromLocation !== undefined && pathChanged) main.current?.focus({ preventScroll: true });
      }),
    [router],
  );
  return (
    <main id="main" ref={main} tabIndex={-1} aria-label={name}>
      <Fragment key={useVisit()}>
        <Outlet />
      </Fragment>
    </main>
  );
}

function NodeFreshness() {
  const state = useConnection();
  return (
    <>
      <Freshness state={state} heardAtMs={node.heardAtMs} isAskedAlone={!useIsTold()} role="status" />
      {state === "lost" && <GoneBanner who="The node" heardAtMs={node.heardAtMs} />}
    </>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <button type="button" className="theme" onClick={() => setTheme(toggleTheme())}>
      <span className="visually-hidden">{theme === "dark" ? "Light theme" : "Dark theme"}</span>
      <span aria-hidden="true">{theme === "dark" ? "☀" : "☾"}</span>
    </button>
  );
}
