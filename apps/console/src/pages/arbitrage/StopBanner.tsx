import type { Stop } from "@trellis/client/arbitrage";
import { Ago } from "../../ui/primitives.tsx";
import { Confirm } from "../operations/Confirm.tsx";
import { useServiceChange } from "../operations/useService.ts";
import { ARBITRAGE, useMay, useRisk } from "./useArbitrage.ts";

export function StopBanner() {
  const risk = useRisk().data;
  if (risk === undefined) return null;
  const { killed, breaker, killFile } = risk;
  return (
    <>
      {killed !== null && (
        <Stopped what="Kill switch active" stop={killed} path="/revive" action="Resume trading" />
      )}
      {breaker !== null && (
        <Stopped
          what="Circuit breaker open"
          stop={breaker}
          path="/close-breaker"
          action="Close circuit breaker"
        />
      )}
      {killFile !== null && (
        <div className="notice notice-bad stopped" role="alert">
          <p>
            <strong>Kill file present, trading is stopped.</strong> {killFile} Remove the file to resume
            trading.
          </p>
        </div>
      )}
    </>
  );
}

function Stopped({
  what,
  stop: { by, reason, atMs },
  path,
  action,
}: {
  readonly what: string;
  readonly stop: Stop;
  readonly path: string;
  readonly action: string;
}) {
  const change = useServiceChange();
  const may = useMay();
  return (
    <div className="notice notice-bad stopped">
      <p>
        {/* The age is outside the alert, because it changes every second. */}
        <span role="alert">
          <strong>{what}</strong> (by {by}): {reason}
        </span>{" "}
        <span className="soft">
          (<Ago ms={atMs} />)
        </span>
      </p>
      {may.change && (
        <Confirm
          label={`${action}…`}
          title={`${action}?`}
          action={action}
          isDangerous
          needsReason
          isSending={change.isPending}
          error={change.error}
          onConfirm={(why) =>
            change.mutateAsync({ path: `${ARBITRAGE}${path}`, method: "POST", body: { reason: why } })
          }
        >
          <p>
            Trading resumes with the next block, within the limits. Make sure that you understand the cause.
          </p>
        </Confirm>
      )}
    </div>
  );
}
