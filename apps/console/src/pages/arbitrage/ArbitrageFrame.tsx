import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { hosts } from "../../origin.ts";
import { useRole } from "../../session/session.ts";
import { Freshness } from "../../ui/Freshness.tsx";
import { Empty } from "../../ui/states.tsx";
import { WithAccess } from "../operations/ServiceChoice.tsx";
import { useAccess } from "../operations/services.ts";
import { useLink } from "../reserves/service/ServiceLink.ts";
import { link, useNews } from "./news.ts";
import { StopBanner } from "./StopBanner.tsx";
import "../operations/operations.css";
import "./arbitrage.css";

export function ArbitrageFrame({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  const isOpen = useAccess("arbitrage") === "open";
  const isCustomer = useRole() === "customer";
  const isFollowed = isOpen && !isCustomer && hosts("arbitrage");
  const news = useNews(isFollowed);
  const state = useLink(link, isFollowed);
  if (!hosts("arbitrage")) {
    return (
      <>
        <h1>{title}</h1>
        <Empty title="Arbitrage is not available on this server">
          `trellis devnet` runs paper trading on its demo market. `trellis arbitrage serve` runs the engine
          for a chain.
        </Empty>
      </>
    );
  }
  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        {isOpen && aside}
        {isFollowed && <Freshness state={state} heardAtMs={link.heardAtMs} isAskedAlone={!news.isOpen} />}
      </div>
      <WithAccess service="arbitrage">
        {isCustomer ? (
          <Empty title="This page is for traders">
            <Link to="/sign-in">Sign in</Link> with a trading role to see it.
          </Empty>
        ) : (
          <>
            <StopBanner />
            {children}
          </>
        )}
      </WithAccess>
    </>
  );
}
