import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { isTrellisError } from "@trellis/base";
import { consoleErrors } from "../errors.ts";
import { hosts } from "../origin.ts";
import { Failure, NoPage } from "../ui/states.tsx";
import { NotLoaded } from "./NotLoaded.tsx";
import { Shell } from "./Shell.tsx";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <NoPage title="Page not found">Check the address, or use the search.</NoPage>,
});

type Components = Record<string, () => React.JSX.Element>;

async function loaded(load: () => Promise<Record<string, unknown>>): Promise<Components> {
  try {
    return (await load()) as Components;
  } catch (cause) {
    throw consoleErrors.CONSOLE_PAGE_NOT_LOADED({}, cause);
  }
}

const page = <const Path extends string>(
  path: Path,
  title: string,
  load: () => Promise<Record<string, unknown>>,
  name: string,
) =>
  createRoute({
    getParentRoute: () => root,
    path,
    staticData: { title },
    component: lazyRouteComponent(() => loaded(load), name),
  });

/** Without a node, requests would never settle. */
const chainPage: typeof page = (path, title, load, name) =>
  hosts("chain")
    ? page(path, title, load, name)
    : page(path, title, () => import("./NoChain.tsx"), "NoChain");

function home() {
  if (hosts("chain")) {
    return page("/", "Overview", () => import("../pages/overview/Overview.tsx"), "Overview");
  }
  if (hosts("reserves")) {
    const load = () => import("../pages/reserves/overview/ReservesOverview.tsx");
    return page("/", "Reserves", load, "ReservesOverview");
  }
  if (hosts("backup")) return page("/", "Backups", () => import("../pages/backups/Backups.tsx"), "Backups");
  return page("/", "Opportunities", () => import("../pages/arbitrage/ArbitragePage.tsx"), "ArbitragePage");
}

const routes = [
  home(),
  chainPage("/dag", "DAG", () => import("../pages/dag/DagPage.tsx"), "DagPage"),
  chainPage("/blocks", "Blocks", () => import("../pages/blocks/Blocks.tsx"), "Blocks"),
  chainPage("/block/$id", "Block", () => import("../pages/blocks/BlockPage.tsx"), "BlockPage"),
  chainPage(
    "/transaction/$hash",
    "Transaction",
    () => import("../pages/transaction/TransactionPage.tsx"),
    "TransactionPage",
  ),
  chainPage("/address/$address", "Address", () => import("../pages/address/AddressPage.tsx"), "AddressPage"),
  chainPage("/tokens", "Tokens", () => import("../pages/tokens/Tokens.tsx"), "Tokens"),
  chainPage("/mempool", "Mempool", () => import("../pages/mempool/Mempool.tsx"), "Mempool"),
  chainPage("/validators", "Validators", () => import("../pages/validators/Validators.tsx"), "Validators"),
  chainPage(
    "/validator/$address",
    "Validator",
    () => import("../pages/validators/ValidatorPage.tsx"),
    "ValidatorPage",
  ),
  chainPage(
    "/checkpoint/$height",
    "Checkpoint",
    () => import("../pages/validators/CheckpointPage.tsx"),
    "CheckpointPage",
  ),
  chainPage("/evidence/$id", "Evidence", () => import("../pages/evidence/EvidencePage.tsx"), "EvidencePage"),
  chainPage("/governance", "Governance", () => import("../pages/governance/Governance.tsx"), "Governance"),
  chainPage(
    "/governance/$id",
    "Proposal",
    () => import("../pages/governance/ProposalPage.tsx"),
    "ProposalPage",
  ),
  chainPage("/account", "Your account", () => import("../pages/account/AccountPage.tsx"), "AccountPage"),
  chainPage("/faucet", "Faucet", () => import("../pages/faucet/Faucet.tsx"), "Faucet"),
  chainPage("/streams", "Streams", () => import("../pages/streams/Streams.tsx"), "Streams"),
  chainPage("/shards", "Shards", () => import("../pages/shards/Shards.tsx"), "Shards"),
  chainPage("/message/$id", "Message", () => import("../pages/shards/MessagePage.tsx"), "MessagePage"),
  chainPage("/mining", "Mining", () => import("../pages/mining/Mining.tsx"), "Mining"),
  chainPage("/peers", "Peers", () => import("../pages/peers/Peers.tsx"), "Peers"),
  chainPage("/topic/$topic", "Topic", () => import("../pages/topic/TopicPage.tsx"), "TopicPage"),
  page("/arbitrage", "Opportunities", () => import("../pages/arbitrage/ArbitragePage.tsx"), "ArbitragePage"),
  page(
    "/arbitrage/opportunity/$id",
    "Opportunity",
    () => import("../pages/arbitrage/OpportunityPage.tsx"),
    "OpportunityPage",
  ),
  page(
    "/arbitrage/results",
    "Profit and loss",
    () => import("../pages/arbitrage/ResultsPage.tsx"),
    "ResultsPage",
  ),
  page("/arbitrage/risk", "Risk", () => import("../pages/arbitrage/RiskPage.tsx"), "RiskPage"),
  page("/arbitrage/market", "Market", () => import("../pages/arbitrage/MarketPage.tsx"), "MarketPage"),
  page(
    "/arbitrage/wallets",
    "Wallets and gas",
    () => import("../pages/arbitrage/WalletsPage.tsx"),
    "WalletsPage",
  ),
  page(
    "/arbitrage/settings",
    "Trading limits",
    () => import("../pages/arbitrage/SettingsPage.tsx"),
    "SettingsPage",
  ),
  page("/backups", "Backups", () => import("../pages/backups/Backups.tsx"), "Backups"),
  page("/operations", "Health", () => import("../pages/operations/health/Health.tsx"), "Health"),
  page("/operations/log", "Logs", () => import("../pages/operations/log/Log.tsx"), "Log"),
  chainPage(
    "/operations/network",
    "Network",
    () => import("../pages/operations/network/Network.tsx"),
    "Network",
  ),
  page("/operations/jobs", "Jobs", () => import("../pages/operations/jobs/Jobs.tsx"), "Jobs"),
  page(
    "/operations/settings",
    "Settings",
    () => import("../pages/operations/settings/Settings.tsx"),
    "Settings",
  ),
  page(
    "/operations/access",
    "Users and sessions",
    () => import("../pages/operations/access/Access.tsx"),
    "Access",
  ),
  page("/operations/cost", "Cost", () => import("../pages/operations/cost/Cost.tsx"), "Cost"),
  page("/operations/keys", "Keys", () => import("../pages/operations/keys/ServiceKeys.tsx"), "ServiceKeys"),
  page("/operations/guard", "Guard", () => import("../pages/operations/guard/Guard.tsx"), "Guard"),
  page("/operations/audit", "Audit log", () => import("../pages/operations/audit/Audit.tsx"), "Audit"),
  page("/sign-in", "Sign in", () => import("../session/SignIn.tsx"), "SignIn"),
  page("/verify", "Verify a proof", () => import("../pages/reserves/verify/Verifier.tsx"), "Verifier"),
  page("/mine", "Your balances", () => import("../pages/reserves/mine/Mine.tsx"), "Mine"),
  page(
    "/reserves",
    "Reserves",
    () => import("../pages/reserves/overview/ReservesOverview.tsx"),
    "ReservesOverview",
  ),
  page(
    "/reserves/customers",
    "Customers",
    () => import("../pages/reserves/customers/Customers.tsx"),
    "Customers",
  ),
  page(
    "/reserves/customer/$id",
    "Customer",
    () => import("../pages/reserves/customers/CustomerPage.tsx"),
    "CustomerPage",
  ),
  page(
    "/reserves/customer/$id/asset/$asset",
    "Account",
    () => import("../pages/reserves/customers/AccountPage.tsx"),
    "AccountPage",
  ),
  page("/reserves/ledger", "Ledger", () => import("../pages/reserves/ledger/Ledger.tsx"), "Ledger"),
  page(
    "/reserves/snapshots",
    "Snapshots",
    () => import("../pages/reserves/snapshots/Snapshots.tsx"),
    "Snapshots",
  ),
  page(
    "/reserves/snapshot/$number",
    "Snapshot",
    () => import("../pages/reserves/snapshots/SnapshotPage.tsx"),
    "SnapshotPage",
  ),
  page(
    "/reserves/holdings",
    "Attestations",
    () => import("../pages/reserves/holdings/Holdings.tsx"),
    "Holdings",
  ),
  page(
    "/reserves/attestation/$id",
    "Attestation",
    () => import("../pages/reserves/holdings/AttestationPage.tsx"),
    "AttestationPage",
  ),
  page(
    "/reserves/incidents",
    "Reconciliation",
    () => import("../pages/reserves/incidents/Incidents.tsx"),
    "Incidents",
  ),
  page(
    "/reserves/log",
    "Transparency log",
    () => import("../pages/reserves/log/TransparencyLog.tsx"),
    "TransparencyLog",
  ),
  page("/reserves/webhooks", "Webhooks", () => import("../pages/reserves/webhooks/Webhooks.tsx"), "Webhooks"),
  page("/reserves/events", "Events", () => import("../pages/reserves/events/Events.tsx"), "Events"),
  page("/reserves/reports", "Reports", () => import("../pages/reserves/reports/Reports.tsx"), "Reports"),
  chainPage("/search", "Search", () => import("../pages/search/SearchPage.tsx"), "SearchPage"),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([...routes]),
  defaultErrorComponent: ({ error, reset }: ErrorComponentProps) =>
    isTrellisError(error, "CONSOLE_PAGE_NOT_LOADED") ? (
      <NotLoaded error={error} />
    ) : (
      <Failure
        error={consoleErrors.CONSOLE_FAILED({ part: "page", reason: String(error) })}
        onRetry={reset}
      />
    ),
  // Values stay strings: parsing would round an 80-digit number.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = String(new URLSearchParams(search));
    return text === "" ? "" : `?${text}`;
  },
  // A new path parameter remounts the page, which resets forms.
  defaultRemountDeps: ({ params }) => params,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    readonly title?: string;
  }
}
