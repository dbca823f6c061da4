import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { riskEvent } from "../createBlockEvents.ts";
import { reason, risk } from "../schemas.ts";
import { shownRisk } from "../views.ts";
import { admins, operators, readers } from "./access.ts";

type Ports = Pick<ArbitrageApiPorts, "risk" | "limits" | "killSwitch" | "announce">;

const ANSWER = { status: 200, description: "the risk state", schema: risk } as const;
const because = z.strictObject({ reason });

export function riskRoutes(ports: Ports): readonly Route[] {
  const { risk: traders } = ports;
  return [
    defineRoute(
      {
        id: "getRisk",
        method: "GET",
        path: "/v1/risk",
        tag: "risk",
        summary: "Returns today's usage of the limits, and what stops trading",
        access: readers("risk:read"),
        answer: ANSWER,
        errors: [],
      },
      () => riskOf(ports),
    ),
    defineRoute(
      {
        id: "kill",
        method: "POST",
        path: "/v1/kill",
        tag: "risk",
        summary: "Stops all trading at once until an admin revives it (kill switch)",
        access: operators("risk:write"),
        body: because,
        answer: ANSWER,
        errors: ["RISK_CONTENDED"],
      },
      async ({ body, principal }) => {
        await traders.kill(principal.id, body.reason);
        return publishChange(ports, "killed", principal.id, body.reason);
      },
    ),
    defineRoute(
      {
        id: "revive",
        method: "POST",
        path: "/v1/revive",
        tag: "risk",
        summary: "Revives trading after it was killed",
        description: "While the kill file exists, the next trade kills trading again.",
        access: admins("risk:revive"),
        body: because,
        answer: ANSWER,
        errors: ["RISK_CONTENDED"],
      },
      async ({ body, principal }) => {
        await traders.revive();
        return publishChange(ports, "revived", principal.id, body.reason);
      },
    ),
    defineRoute(
      {
        id: "closeBreaker",
        method: "POST",
        path: "/v1/close-breaker",
        tag: "risk",
        summary: "Closes the circuit breaker and restarts its counts of losses and failures",
        access: admins("risk:revive"),
        body: because,
        answer: ANSWER,
        errors: ["RISK_CONTENDED", "BREAKER_NOT_OPEN"],
      },
      async ({ body, principal }) => {
        await traders.closeBreaker();
        return publishChange(ports, "breakerClosed", principal.id, body.reason);
      },
    ),
  ];
}

async function riskOf({ risk: traders, limits, killSwitch }: Ports) {
  return shownRisk(await traders.state(), limits(), await killSwitch());
}

async function publishChange(
  ports: Ports,
  cause: "killed" | "revived" | "breakerClosed",
  by: string,
  why: string,
) {
  const shown = await riskOf(ports);
  await ports.announce([riskEvent(shown, { cause, by, reason: why })]);
  return shown;
}
