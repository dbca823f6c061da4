import type { Opportunity, Trial } from "@trellis/client/arbitrage";
import { useState } from "react";
import { countText } from "../../format/units.ts";
import { ProblemText } from "../../session/ProblemText.tsx";
import { Badge, Card, type Tone } from "../../ui/primitives.tsx";
import { Confirm } from "../operations/Confirm.tsx";
import { useServiceChange } from "../operations/useService.ts";
import { TokenAmount } from "./tokens.tsx";
import { ARBITRAGE, useMay, useStatus } from "./useArbitrage.ts";

const TONES: Readonly<Record<Trial["outcome"], Tone>> = {
  refused: "warn",
  wouldTrade: "good",
  recorded: "info",
  submitted: "good",
};

export function TryAgain({ opportunity: { hops } }: { readonly opportunity: Opportunity }) {
  const may = useMay();
  const status = useStatus().data;
  const simulate = useServiceChange<Trial>();
  const execute = useServiceChange<Trial>();
  const [trial, setTrial] = useState<Trial>();
  if (!may.stop) return null;
  const way = { hops: hops.map(({ pool, tokenIn }) => ({ pool, tokenIn })) };
  return (
    <Card title="Simulate again" aside={<span>at the current block, with a new amount</span>}>
      <div className="buttons">
        <button
          type="button"
          className="primary"
          disabled={simulate.isPending}
          onClick={() =>
            simulate.mutate(
              { path: `${ARBITRAGE}/simulate`, method: "POST", body: way },
              { onSuccess: setTrial },
            )
          }
        >
          {simulate.isPending ? "Simulating…" : "Simulate"}
        </button>
        {may.change && (
          <Confirm
            label="Execute…"
            title={
              status?.isLive === true ? "Execute this trade with real funds?" : "Record this paper trade?"
            }
            action={status?.isLive === true ? "Execute" : "Record"}
            isDangerous={status?.isLive === true}
            needsReason
            isSending={execute.isPending}
            error={execute.error}
            onConfirm={async (reason) =>
              setTrial(
                await execute.mutateAsync({
                  path: `${ARBITRAGE}/execute`,
                  method: "POST",
                  body: { ...way, dryRun: false, reason },
                }),
              )
            }
          >
            <p>
              {status?.isLive === true
                ? "The trade is submitted if it is still profitable and within the limits."
                : "Paper trading: the trade is recorded and not sent."}
            </p>
          </Confirm>
        )}
      </div>
      <ProblemText error={simulate.error} />
      {trial !== undefined && <Result trial={trial} />}
    </Card>
  );
}

function Result({
  trial: { outcome, reason, code, token, amountIn, expectedProfit, simulation, block },
}: {
  readonly trial: Trial;
}) {
  return (
    <div role="status" className="trial">
      <p>
        <Badge tone={TONES[outcome]}>{outcome === "wouldTrade" ? "would trade" : outcome}</Badge> {reason}{" "}
        <code className="soft">{code}</code>
      </p>
      <p>
        At block {countText(block.height)}: <TokenAmount token={token} amount={amountIn} /> in,{" "}
        <TokenAmount token={token} amount={expectedProfit} isSigned /> expected
        {simulation !== null && (
          <>
            ; simulated{" "}
            {simulation.isSuccess ? (
              <TokenAmount token={token} amount={simulation.profit} isSigned />
            ) : (
              (simulation.failure ?? "failed")
            )}{" "}
            for {countText(BigInt(simulation.gasUsed))} gas
          </>
        )}
      </p>
    </div>
  );
}
