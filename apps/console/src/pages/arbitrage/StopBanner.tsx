import { Ago } from "../../ui/primitives.tsx";
import { Confirm } from "../operations/Confirm.tsx";
import { useServiceChange } from "../operations/useService.ts";
import type { StopJson } from "./shapes.ts";
import { ARBITRAGE, useMay, useRisk } from "./useArbitrage.ts";

/** What stops trading now, on every page. */
export function StopBanner() {
  const risk = useRisk().data;
  if (risk === undefined) return null;
  const { killed, breaker, killFile } = risk;
  return (
    <>
      {killed !== null && <Stopped what="Trading is killed" stop={killed} path="/revive" action="Revive" />}
      {breaker !== null && (
        <Stopped
          what="The loss breaker is open"
          stop={breaker}
          path="/close-breaker"
          action="Close the breaker"
        />
      )}
      {killFile !== null && (
        <div className="notice notice-bad stopped" role="alert">
          <p>
            <strong>The kill file stops trading.</strong> {killFile} Remove the file to go on.
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
  readonly stop: StopJson;
  readonly path: string;
  readonly action: string;
}) {
  const change = useServiceChange();
  const may = useMay();
  return (
    <div className="notice notice-bad stopped">
      <p>
        {/* The age goes on: it is not said aloud. */}
        <span role="alert">
          <strong>{what}</strong> by {by}: {reason}
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
            Trading goes on with the next block, within the limits. What stopped it should be understood
            first.
          </p>
        </Confirm>
      )}
    </div>
  );
}
