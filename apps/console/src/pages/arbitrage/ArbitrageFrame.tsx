import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { hosts } from "../../session/origin.ts";
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

/** What every page of arbitrage stands in: its name, whether news come, and what stops trading. */
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
        <Empty title="No arbitrage runs here">
          `trellis devnet` runs it on paper beside its demo market; `trellis arbitrage serve` runs it for a
          chain.
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
          <Empty title="This is for those who trade">
            <Link to="/sign-in">Sign in</Link> as one of them to see it.
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
